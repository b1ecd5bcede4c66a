import init from './wasm/panel.js';

// Called by the panel when a terminal is opened for the first time: it is larger than the panel.
globalThis.loadTerminal = async () => {
  const sheet = Object.assign(document.createElement('link'), {
    rel: 'stylesheet',
    href: 'terminal.css',
  });
  document.head.append(sheet);
  return import('./terminal.js');
};

// The same of the editor, when the Config tab is first shown.
globalThis.loadEditor = () => import('./editor.js');

init({ module_or_path: 'wasm/panel_bg.wasm' });
