// The application: session, routes, header, lists. Navigation inside is by history.pushState.

import { configurationPage } from './configuration.js';
import { element } from './elements.js';

const root = document.getElementById('react');
const CUSTOM_PYTHON = 'kds-team.app-custom-python';
const ROUTE = /^\/admin\/projects\/([^/]+)(?:\/branch\/([^/]+))?(?:\/(.*))?$/;
let session = null;
let visit = 0;

/** What the address names. */
function routeOf(path) {
  const match = ROUTE.exec(path);
  if (!match) return null;
  const [, project, branch, tail = ''] = match;
  const parts = tail.split('/').filter(Boolean).map(decodeURIComponent);
  return {
    project,
    branch,
    parts,
    base: `/admin/projects/${project}${branch ? `/branch/${branch}` : ''}`,
  };
}

async function api(route, path) {
  const branch = route.branch ?? 'default';
  const response = await fetch(`/v2/storage/branch/${branch}/${path}`, {
    headers: { 'X-StorageApi-Token': session.token },
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? response.statusText);
  return body;
}

function header(route) {
  const branch = session.branches.find((one) => String(one.id) === route.branch);
  const link = (tail, label) =>
    element('a', { href: `${route.base}${tail}`, class: 'kbc-nav-link' }, label);
  return element(
    'header',
    { class: 'kbc-header' },
    element('a', { href: `${route.base}/components/configurations`, class: 'kbc-logo' }, 'keboola'),
    element(
      'nav',
      { class: 'kbc-nav' },
      link('/flows', 'Flows'),
      link('/components/configurations', 'Components'),
      link('/transformations-v2', 'Transformations'),
      link('/storage', 'Storage'),
      link('/queue', 'Jobs'),
    ),
    element(
      'span',
      { class: 'kbc-project' },
      `${session.project.name} · ${branch && !branch.isDefault ? branch.name : 'Production'}`,
    ),
  );
}

function title(...parts) {
  document.title = [session.project.name, ...parts].join(' / ');
}

async function configurationsPage(route) {
  title('Components');
  const components = await api(route, 'components');
  const sections = components.map((component) =>
    element(
      'section',
      { class: 'kbc-panel' },
      element(
        'h2',
        {},
        element('a', { href: `${route.base}/components/${component.id}` }, component.name),
      ),
      element(
        'ul',
        { class: 'kbc-configurations' },
        component.configurations.map((configuration) =>
          element(
            'li',
            {},
            element(
              'a',
              {
                href: `${route.base}/components/${component.id}/${encodeURIComponent(configuration.id)}`,
              },
              configuration.name,
            ),
            element('small', {}, configuration.description),
          ),
        ),
      ),
    ),
  );
  return element('main', { class: 'kbc-page' }, element('h1', {}, 'Components'), sections);
}

async function componentPage(route, id) {
  const component = await api(route, `components/${id}`);
  const configurations = await api(route, `components/${id}/configs`);
  title('Components', component.name);
  return element(
    'main',
    { class: 'kbc-page' },
    element('h1', {}, component.name),
    element(
      'ul',
      { class: 'kbc-configurations kbc-panel' },
      configurations.map((configuration) =>
        element(
          'li',
          {},
          element(
            'a',
            { href: `${route.base}/components/${id}/${configuration.id}` },
            configuration.name,
          ),
        ),
      ),
    ),
  );
}

function plainPage(heading, text) {
  title(heading);
  return element('main', { class: 'kbc-page' }, element('h1', {}, heading), element('p', {}, text));
}

async function pageOf(route) {
  const [area, component, configuration] = route.parts;
  if (area !== 'components') return plainPage(area ?? 'Dashboard', 'Nothing to see on this page.');
  if (component === 'configurations' || !component) return configurationsPage(route);
  if (!configuration) return componentPage(route, component);
  const detail = await api(
    route,
    `components/${component}/configs/${encodeURIComponent(configuration)}`,
  );
  const about = await api(route, `components/${component}`);
  title('Components', about.name, detail.name);
  return configurationPage({
    route,
    detail,
    about,
    different: session.dom === 'different',
    isPython: component === CUSTOM_PYTHON,
  });
}

async function show() {
  const mine = ++visit;
  const route = routeOf(location.pathname);
  const query = route ? `?project=${encodeURIComponent(route.project)}` : '';
  const answer = await fetch(`/admin/session${query}`);
  if (!answer.ok) {
    root.replaceChildren(
      element(
        'main',
        { class: 'kbc-page' },
        element('h1', {}, 'Access denied'),
        element('p', {}, 'You do not have access to this project.'),
      ),
    );
    return;
  }
  session = await answer.json();
  if (!route) {
    history.replaceState(
      null,
      '',
      `/admin/projects/${session.project.id}/components/configurations`,
    );
    return show();
  }
  root.replaceChildren(header(route), element('div', { class: 'kbc-loading' }, 'Loading…'));
  let page;
  try {
    page = await pageOf(route);
  } catch (error) {
    page = plainPage('Not found', error.message);
  }
  // A slower answer of an earlier address must not replace the page of a later one.
  if (mine === visit) root.replaceChildren(header(route), page);
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.("a[href^='/admin/']");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey)
    return;
  event.preventDefault();
  history.pushState(null, '', link.getAttribute('href'));
  show();
});
addEventListener('popstate', show);
show();
