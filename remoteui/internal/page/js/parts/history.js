// Going back and forth between the addresses of one document.
const { String, ask, change, str } = core;
const { JSON } = globalThis;

const stateOf = text => text ? JSON.parse(text) : null;
const keepAt = replace => (state, title, to) => {
  change('historyKeep', state === undefined ? 'null' : String(JSON.stringify(state)), to === undefined || to === null ? '' : String(to), replace);
};
const history = {
  scrollRestoration: 'auto',
  get length() { return ask('historyLength'); },
  get state() { return stateOf(ask('historyState')); },
  back() { change('historyGo', -1); }, forward() { change('historyGo', 1); }, go(n) { change('historyGo', n | 0); },
  pushState: keepAt(false), replaceState: keepAt(true),
};

// moved tells the page that its address is another one.
function moved(from, to, state) {
  const { Event, dispatch } = core.need('event');
  dispatch(core.window, new Event('popstate', { state: stateOf(state) }));
  if (from.replace(/^[^#]*/, '') !== to.replace(/^[^#]*/, '')) dispatch(core.window, new Event('hashchange', { oldURL: from, newURL: to }));
}

return { history, moved };
