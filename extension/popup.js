import init from './wasm/popup.js';

init({ module_or_path: 'wasm/popup_bg.wasm' });
