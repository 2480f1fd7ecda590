/** Entry of the comparison: two runs of a workflow, or two turns of a chat, side by side. */
import { openPage, showPage } from '../ui/mount.tsx';
import { CompareView } from './compare_view.tsx';
import { Compare, createCompareModel } from './model.ts';
import './main.css';

const { host, session_id } = openPage();
const model = createCompareModel(host, session_id);
void model.reload();
showPage(
  <Compare.Provider value={model}>
    <CompareView />
  </Compare.Provider>,
  () => void model.reload(),
);
