// What goes into a sandbox and what comes out of it.
import { measureFiles } from './files.mjs';
import { measureLog } from './log.mjs';

export const measureSandbox = async () => [...(await measureFiles()), await measureLog()];
