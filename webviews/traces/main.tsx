/** Entry of the trace screen: the calls of one session, live or finished. */
import { openPage, showPage } from '../ui/mount.tsx';
import { createTraceStore } from './trace_store.ts';
import { TraceView } from './trace_view.tsx';
import './main.css';

const { host, session_id } = openPage();
const store = createTraceStore(host, session_id);
void store.attach();
showPage(
  <TraceView
    host={host}
    store={store}
    session_id={session_id}
    from_file={'fromFile' in document.body.dataset}
  />,
  () => void store.attach(),
);
