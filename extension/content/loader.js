// Runs on every page below /admin/. Until the address looks like a Custom Python configuration it
// only listens for navigation; then it starts the wasm content script, or where the page's CSP
// refuses wasm, a stand-in that asks the worker and floats its button.
(() => {
  const LOOKS_RIGHT = '/components/kds-team.app-custom-python/';

  const standIn = () => {
    let shown = null;
    return {
      arrived: async () => {
        const key = (await chrome.runtime.sendMessage({ to: 'detect' })) ?? null;
        if (key === shown) return;
        kbcE2b.leave();
        shown = key;
        if (key && !document.querySelector('form input[type=password]')) kbcE2b.floatingButton();
      },
    };
  };

  const start = async () => {
    try {
      const bytes = await chrome.runtime.sendMessage({ to: 'content-wasm' });
      await wasm_bindgen({ module_or_path: bytes });
      return wasm_bindgen;
    } catch (error) {
      if (error instanceof WebAssembly.CompileError) return standIn();
      throw error;
    }
  };

  let place = null;
  const arrived = async () => {
    if (!place && !location.pathname.includes(LOOKS_RIGHT)) return;
    place ??= start();
    (await place).arrived(location.href);
  };

  navigation.addEventListener('currententrychange', arrived);
  arrived();
})();
