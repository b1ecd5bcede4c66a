// The detail of a configuration, in two markups: the usual one (reference/keboola.md section 1.4)
// and a different one without a list of actions.

import { element, icon } from './elements.js';

const ACTIONS = [
  ['run', 'Run component'],
  ['timeout', 'Timeout: 6 hours'],
  ['copy', 'Copy configuration'],
  ['automate', 'Automate'],
  ['debug', 'Debug mode'],
  ['delete', 'Delete configuration'],
];

const listOf = (value) => (Array.isArray(value) ? value : []);
const text = (value) => JSON.stringify(value, null, 2);

function tabs(route, detail, about) {
  const base = `${route.base}/components/${about.id}/${encodeURIComponent(detail.id)}`;
  const entry = (label, tail, active) =>
    element(
      'li',
      { role: 'presentation', class: active ? 'active' : '' },
      element('a', { role: 'tab', href: `${base}${tail}`, 'aria-selected': String(active) }, label),
    );
  const tail = route.parts[3] ?? '';
  return element(
    'ul',
    { class: 'nav nav-tabs', role: 'navigation' },
    entry('Information & Settings', '', tail === ''),
    entry('Notifications', '/notifications', tail === 'notifications'),
    entry('Versions', '/versions', tail === 'versions'),
  );
}

function block(heading, ...content) {
  return element('div', { class: 'kbc-block' }, element('h3', {}, heading), ...content);
}

function mapping(heading, entries, empty, label) {
  const rows = listOf(entries).map((entry) => element('li', {}, label(entry)));
  return block(
    heading,
    rows.length
      ? element('ul', { class: 'kbc-mapping' }, rows)
      : element('p', { class: 'text-muted' }, empty),
  );
}

/** The look of a CodeMirror 5 editor, without the editor. */
function editor(content) {
  return element(
    'div',
    { class: 'CodeMirror cm-s-keboola CodeMirror-wrap' },
    element('pre', { class: 'CodeMirror-code', tabindex: '0' }, content),
  );
}

function blocks(detail, isPython) {
  const configuration = Array.isArray(detail.configuration) ? {} : detail.configuration;
  const storage = configuration.storage ?? {};
  const parameters = configuration.parameters ?? {};
  const user = Array.isArray(parameters.user_properties) ? {} : (parameters.user_properties ?? {});
  const arrow = (entry) =>
    `${entry.source ?? text(entry.tags ?? entry)} → ${entry.destination ?? 'in/files'}`;
  const all = [
    block(
      'Description',
      element('p', { class: 'text-muted' }, detail.description || 'Enter description'),
    ),
  ];
  if (!isPython) return [...all, block('Configuration Parameters', editor(text(parameters)))];
  return [
    ...all,
    mapping('Table Input Mapping', storage.input?.tables, 'No tables assigned.', arrow),
    mapping('File Input Mapping', storage.input?.files, 'No files assigned.', arrow),
    mapping('Table Output Mapping', storage.output?.tables, 'No tables assigned.', arrow),
    mapping('File Output Mapping', storage.output?.files, 'No files assigned.', arrow),
    block('Variables', element('p', { class: 'text-muted' }, 'No variables defined.')),
    block(
      'Configuration Parameters',
      element(
        'p',
        { class: 'kbc-field' },
        element('b', {}, 'Python environment '),
        parameters.venv ?? 'base',
      ),
      element('label', { class: 'kbc-label' }, 'User Parameters'),
      editor(text(user)),
      element('p', { class: 'help-block' }, 'Keys prefixed with # are encrypted on save.'),
      element('label', { class: 'kbc-label' }, 'Code'),
      editor(parameters.code ?? ''),
    ),
    block('Processors', element('p', { class: 'text-muted' }, 'No processors.')),
  ];
}

function actions() {
  return element(
    'ul',
    { class: 'nav nav-stacked kbc-actions' },
    ACTIONS.map(([name, label]) =>
      element(
        'li',
        {},
        element('button', { type: 'button', class: 'btn btn-link' }, icon(name), ` ${label}`),
      ),
    ),
  );
}

function usage(detail) {
  return element(
    'aside',
    { class: 'kbc-column' },
    actions(),
    element('h3', {}, 'Last Use'),
    element('p', { class: 'text-muted' }, 'No runs yet.'),
    element('h3', {}, 'Versions'),
    element(
      'ol',
      { class: 'kbc-versions', reversed: '' },
      element('li', {}, element('b', {}, `#${detail.version}`), ` ${detail.changeDescription}`),
    ),
  );
}

function usualPage({ route, detail, about, isPython }) {
  return element(
    'main',
    { class: 'kbc-page' },
    element(
      'div',
      { class: 'kbc-title' },
      element(
        'a',
        { href: `${route.base}/components/${about.id}`, class: 'kbc-crumb' },
        about.name,
      ),
      element('h1', {}, detail.name),
    ),
    tabs(route, detail, about),
    element(
      'div',
      { class: 'kbc-columns' },
      element('div', { class: 'kbc-panel' }, blocks(detail, isPython)),
      usage(detail),
    ),
  );
}

/** The same page as a redesign might make it: a toolbar of icons, definition lists, no tabs. */
function differentPage({ detail, about }) {
  const parameters = detail.configuration?.parameters ?? {};
  return element(
    'article',
    { class: 'v4-surface' },
    element(
      'div',
      { class: 'v4-heading', role: 'heading', 'aria-level': '1' },
      `${about.name}: ${detail.name}`,
    ),
    element(
      'div',
      { class: 'v4-toolbar' },
      ['run', 'copy', 'delete'].map((name) =>
        element('span', { class: 'v4-tool', title: name }, icon(name)),
      ),
    ),
    element(
      'dl',
      { class: 'v4-facts' },
      element('dt', {}, 'Environment'),
      element('dd', {}, parameters.venv ?? 'base'),
      element('dt', {}, 'Code'),
      element('dd', {}, element('pre', {}, parameters.code ?? '')),
    ),
  );
}

export function configurationPage(view) {
  return view.different ? differentPage(view) : usualPage(view);
}
