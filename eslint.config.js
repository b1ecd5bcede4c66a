// One rule set; what differs between the places is which globals they have.
import js from '@eslint/js';
import globals from 'globals';

const extension = { ...globals.browser, ...globals.webextensions };

export default [
  { ignores: ['dist/', 'target/', 'node_modules/'] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-implicit-globals': 'error',
      'no-eval': 'error',
    },
  },
  {
    files: ['extension/**/*.js', 'bundles/*.js'],
    languageOptions: { globals: { ...extension, navigation: 'readonly' } },
  },
  {
    // Content scripts are classic scripts that share one scope: the glue and two of ours.
    files: ['extension/content/**/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: {
        ...extension,
        navigation: 'readonly',
        wasm_bindgen: 'readonly',
        kbcE2b: 'writable',
      },
    },
  },
  {
    // The admin page of the dev stack.
    files: ['crates/devstack/src/page/**/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['tests/**/*.{js,mjs}', '*.config.js'],
    // Code given to page.evaluate runs in the browser.
    languageOptions: { globals: { ...globals.node, ...extension } },
  },
];
