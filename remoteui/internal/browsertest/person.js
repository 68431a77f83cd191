// What a person sees and does on a page, for steering Chromium: things are
// found by the text that is painted, and fields by what stands where beside
// it. It shares nothing with the matcher that it is to judge.
(() => {
  const norm = s => (s || '').normalize('NFKC').replace(/\s+/g, '').replace(/[:.…]+$/, '').toLowerCase();
  const wanted = texts => { const all = texts.map(norm); return s => all.includes(norm(s)); };
  const shown = el => {
    if (el.tagName === 'AREA' || el.tagName === 'OPTION') return true;
    const r = el.getBoundingClientRect();
    return r.width > 0 && r.height > 0 && getComputedStyle(el).visibility === 'visible';
  };
  const isButton = el => el.matches('button,input[type=button],input[type=submit],input[type=reset],input[type=image]');
  const isField = el => el.matches('input,select,textarea') && !isButton(el) && el.type !== 'hidden';
  const off = el => !!el.closest(':disabled');
  const after = (a, b) => !!(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);
  const all = () => !document.body ? [] : [document.body, ...document.querySelectorAll('body *')].filter(e => !/^(SCRIPT|STYLE|OPTION|OPTGROUP)$/.test(e.tagName));

  // ownText is the text of an element without that of fields in it.
  function ownText(el) {
    let s = '';
    for (const n of el.childNodes) {
      if (n.nodeType === 3) s += n.data;
      else if (n.nodeType === 1 && !/^(SCRIPT|STYLE|SELECT|TEXTAREA|INPUT)$/.test(n.tagName)) s += ownText(n);
    }
    return s;
  }

  // texts finds where one of the texts is painted: the innermost elements that
  // hold just it, and text nodes beside other things.
  function texts(fits) {
    const found = [];
    for (const el of all()) {
      if (!shown(el) || isField(el)) continue;
      if (isButton(el) && el.tagName === 'INPUT') {
        if (fits(el.type === 'image' ? el.alt : el.value)) found.push({ el, rect: el.getBoundingClientRect() });
        continue;
      }
      if (el.tagName === 'IMG' || el.tagName === 'AREA') {
        if (fits(el.alt) || fits(el.title)) found.push({ el, rect: el.getBoundingClientRect() });
        continue;
      }
      if (fits(ownText(el))) {
        if (![...el.children].some(c => shown(c) && fits(ownText(c)))) found.push({ el, rect: textRect(el) });
        continue;
      }
      for (const n of el.childNodes) {
        if (n.nodeType !== 3 || !fits(n.data)) continue;
        const range = document.createRange();
        range.selectNode(n);
        found.push({ el, rect: range.getBoundingClientRect(), node: n });
      }
    }
    return found;
  }
  // textRect is where the text of an element is painted.
  function textRect(el) {
    const walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT), boxes = [];
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      if (!n.data.trim() || n.parentElement.closest('select,textarea,script,style')) continue;
      const range = document.createRange();
      range.selectNode(n);
      boxes.push(range.getBoundingClientRect());
    }
    const seen = boxes.filter(r => r.width);
    if (!seen.length) return el.getBoundingClientRect();
    const left = Math.min(...seen.map(r => r.left)), right = Math.max(...seen.map(r => r.right));
    const top = Math.min(...seen.map(r => r.top)), bottom = Math.max(...seen.map(r => r.bottom));
    return { left, right, top, bottom, width: right - left, height: bottom - top };
  }

  // inScope narrows what was found to what stands under a heading, or in the
  // row of a list that holds a text.
  function inScope(found, scope) {
    if (scope.row) {
      const cell = inRow(scope.row).find(t => rowOf(t.el));
      if (!cell) throw new Error('no row ' + scope.row);
      return found.filter(t => rowOf(cell.el).contains(t.el));
    }
    if (scope.section && scope.section.length) {
      const heads = texts(wanted(scope.section));
      if (!heads.length) throw new Error('no section ' + scope.section);
      const head = heads[heads.length - 1];
      const at = t => t.node || t.el;
      return found.filter(t => at(t) !== at(head) && after(at(head), at(t))).slice(0, 1);
    }
    return found;
  }
  const rowOf = el => {
    const block = el.closest('article,li'); // of a list of blocks
    if (block && (block.tagName === 'ARTICLE' || block.querySelector('p'))) return block;
    return el.closest('tr,ul,dl') || el.parentElement && el.parentElement.closest('div');
  };
  // inRow are the cells that read so, with their label in front on some pages.
  const inRow = text => {
    const is = wanted([text]), cells = texts(is);
    return cells.length ? cells : texts(s => is(s.replace(/^[^:]*: /, '')));
  };

  const clickable = 'a[href],area[href],button,input,[onclick],[role=button],[role=link]';

  function action(names, scope) {
    let found = inScope(texts(wanted(names)), scope);
    const good = found.filter(t => t.el.closest(clickable));
    if (good.length) found = good;
    const on = found.filter(t => !off(t.el));
    if (on.length) found = on;
    if (!found.length) throw new Error('nothing to click reads ' + names + '; the page reads ' + document.body.innerText.slice(0, 600));
    return found[found.length - 1].el;
  }

  // actions are the texts of what can be seen and hit with the mouse, in order.
  const hit = el => {
    const r = el.getBoundingClientRect(), at = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
    return !!at && (el.contains(at) || at.contains(el) && !at.contains(document.body));
  };
  const actions = () => all().filter(e => e.matches(clickable) && e.matches('a[href],button,input[type=button],input[type=submit]') && shown(e) && hit(e))
    .map(e => (e.tagName === 'INPUT' ? e.value : ownText(e)).trim());

  const fields = () => all().filter(e => isField(e) && shown(e));
  const sameLine = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 3;

  // fieldsOf are the fields that a text names, nearest first: those of its
  // label element, else those to its right on the line, else that to its left
  // (a box), else those below. The line of a cell over several rows is all of them:
  // on which of them its text is painted depends on the font.
  function fieldsOf(t) {
    const label = t.el.closest('label');
    if (label && label.control) return [label.control];
    const here = fields().map(f => ({ f, r: f.getBoundingClientRect() }));
    const cell = t.el.closest('th,td');
    const own = cell && cell.rowSpan > 1 ? cell.getBoundingClientRect() : t.rect;
    const line = here.filter(x => sameLine(x.r, own));
    const right = line.filter(x => x.r.left >= t.rect.right - 2).sort((a, b) => a.r.left - b.r.left);
    if (right.length) return right.map(x => x.f);
    const boxes = line.filter(x => /^(radio|checkbox)$/.test(x.f.type) && x.r.right <= t.rect.left + 2).sort((a, b) => b.r.left - a.r.left);
    if (boxes.length) return boxes.map(x => x.f);
    const below = here.filter(x => x.r.top >= t.rect.bottom - 2 && x.r.left < t.rect.right + 40 && x.r.right > t.rect.left - 40)
      .sort((a, b) => a.r.top - b.r.top);
    const next = below.length ? here.filter(x => sameLine(x.r, below[0].r)) : [];
    const near = x => Math.abs(x.r.left - t.rect.left);
    next.sort((a, b) => near(a) - near(b));
    return next.map(x => x.f);
  }

  function field(names, scope, nth) {
    const found = inScope(texts(wanted(names)).filter(t => !isButton(t.el)), scope);
    for (const t of found.filter(t => t.el.closest('label,th,dt,legend')).concat(found)) {
      const fs = fieldsOf(t);
      if (fs.length > nth) return fs[nth];
    }
    throw new Error('no field beside ' + names + '; the page reads ' + document.body.innerText.slice(0, 600));
  }

  // choice finds the radio button whose own text is one of the choices, near
  // the label.
  function choice(f, choices) {
    const fits = wanted(choices);
    const group = fields().filter(x => x.type === 'radio' && x.name === f.name && x.form === f.form);
    for (const b of group) if ([...b.labels].some(l => fits(ownText(l)))) return b;
    for (const b of group) {
      let s = '';
      for (let n = b.nextSibling; n && !(n.nodeType === 1 && isField(n)) && n.nodeName !== 'BR'; n = n.nextSibling) s += n.textContent;
      if (fits(s)) return b;
    }
    throw new Error('no choice ' + choices);
  }

  function point(el) {
    el.scrollIntoView({ block: 'center', inline: 'nearest' });
    if (el.tagName === 'AREA') {
      const r = document.querySelector('img[usemap="#' + el.closest('map').name + '"]').getBoundingClientRect();
      const [x, y] = (el.coords || '0,0').split(',').map(Number);
      return { x: r.left + x + 1.5, y: r.top + y + 1.5 };
    }
    const inline = !isButton(el) && !isField(el);
    const r = inline ? textRect(el) : el.getBoundingClientRect();
    if (el.type === 'image' || el.tagName === 'IMG') return { x: r.left + Math.min(1, r.width / 2), y: r.top + Math.min(1, r.height / 2) };
    const first = inline && el.getClientRects()[0] && el.getClientRects().length > 1 ? el.getClientRects()[0] : r;
    return { x: first.left + first.width / 2, y: first.top + first.height / 2 };
  }

  // inputs is the live state of every control of every form.
  const inputs = () => [...document.forms].map(f => [...document.querySelectorAll('button,fieldset,input,object,output,select,textarea')]
    .filter(e => e.form === f)
    .map(e => [e.name || '', e.tagName === 'SELECT' || e.tagName === 'FIELDSET' || e.tagName === 'TEXTAREA' || e.tagName === 'OUTPUT' || e.tagName === 'OBJECT' ? e.tagName.toLowerCase() : e.type,
      e.type === 'file' ? (e.files[0] ? e.files[0].name : '') : e.value === undefined ? '' : e.value, e.matches(':disabled') ? 'disabled' : ''].join('|')));

  // A page that is being left says so, until the next one is there.
  window.navigation.addEventListener('navigate', e => { if (!e.hashChange) window.__left = true; });

  // Icons of one pixel cannot be hit: they are shown larger.
  const large = new CSSStyleSheet();
  large.replaceSync('img,input[type=image]{min-width:16px;min-height:16px}');
  document.adoptedStyleSheets = [large];

  const here = {
    actions,
    click: (names, scope) => { const el = action(names, scope), p = point(el), hit = document.elementFromPoint(p.x, p.y); here.last = el.outerHTML + ' hit ' + (hit && hit.outerHTML); return p; },
    field: (names, scope, nth) => { const f = window.__field = field(names, scope, nth || 0); return { kind: f.type, checked: !!f.checked, value: f.value, ...point(f) }; },
    radio: choices => { const f = window.__field = choice(window.__field, choices); return { kind: f.type, checked: f.checked, ...point(f) }; },
    choose: choices => {
      const fits = wanted(choices), sel = window.__field;
      const i = [...sel.options].findIndex(o => fits(o.text));
      if (i < 0) throw new Error('no option ' + choices + ' in ' + [...sel.options].map(o => o.text));
      sel.focus();
      if (!sel.options[i].selected) {
        sel.selectedIndex = i;
        sel.dispatchEvent(new Event('input', { bubbles: true }));
        sel.dispatchEvent(new Event('change', { bubbles: true }));
      }
      sel.blur();
    },
    beside: names => { // the box or list that goes with a choice: right of its text
      for (const t of texts(wanted(names))) {
        const f = fields().filter(f => !/^(radio|checkbox)$/.test(f.type)).map(f => ({ f, r: f.getBoundingClientRect() }))
          .filter(x => sameLine(x.r, t.rect) && x.r.left >= t.rect.right - 2).sort((a, b) => a.r.left - b.r.left)[0];
        if (f) { window.__field = f.f; return { kind: f.f.type, ...point(f.f) }; }
      }
      throw new Error('nothing beside ' + names);
    },
    icon: (row, column) => { // what can be clicked in a row's cell of a column
      const head = texts(wanted(column)).map(t => t.el.closest('td,th')).find(c => c && c.parentElement.cells);
      const cell = texts(wanted([row])).map(t => t.el.closest('tr')).find(r => r).cells[head.cellIndex];
      return point(cell.querySelector('img,' + clickable));
    },
    boxes: names => {
      const t = texts(wanted(names)).find(t => !isButton(t.el)), first = field(names, {}, 0), r = first.getBoundingClientRect();
      return fields().filter(f => sameLine(f.getBoundingClientRect(), r) && f.closest('td,dd,p,div') === first.closest('td,dd,p,div')).length;
    },
    loginBox: what => {
      const seen = fields().filter(f => f.type === 'text' || f.type === 'password'), secret = seen.findIndex(f => f.type === 'password');
      const el = what === 'password' ? seen[secret] : what === 'text' ? seen[secret - 1] : all().find(e => isButton(e) && shown(e));
      return { kind: el.type, ...point(el) };
    },
    row: (text, scope) => {
      const cell = inRow(text).find(t => rowOf(t.el));
      if (!cell) throw new Error('no row ' + text + '; the page reads ' + document.body.innerText.slice(0, 600));
      const f = window.__field = fields().find(f => rowOf(cell.el).contains(f));
      return { kind: f.type, checked: f.checked, ...point(f) };
    },
    idle: () => document.readyState === 'complete' && !!document.body && !window.__left &&
      !(window.__waiting && window.__waiting.size) && !document.querySelector('meta[http-equiv=refresh][content^="0"]'),
    fileBox: () => document.querySelector('input[type=file]'),
    files: () => document.querySelectorAll('input[type=file]').length,
    can: names => texts(wanted(names)).some(t => t.el.closest(clickable)),
    has: names => texts(wanted(names)).length > 0,
    selectAll: () => { if (document.activeElement.select) document.activeElement.select(); },
    day: value => { // picked from the field's calendar, which no key opens here
      const f = window.__field;
      f.focus();
      f.value = value.replaceAll('/', '-');
      f.dispatchEvent(new Event('input', { bubbles: true }));
      f.dispatchEvent(new Event('change', { bubbles: true }));
      f.blur();
    },
    leave: () => { if (document.activeElement) document.activeElement.blur(); },
    inputs,
  };

  // A person looks at all frames, at the one that came last first, and goes on
  // in the one where something was found.
  const windows = () => [...document.querySelectorAll('frame')].map(f => f.contentWindow).filter(w => w.__here)
    .sort((a, b) => b.performance.timeOrigin - a.performance.timeOrigin);
  const framed = () => !!document.querySelector('frameset');
  let current = null, before = null;
  const stays = /^(radio|choose|selectAll|leave|day)$/;
  function everywhere(name) {
    return (...args) => {
      if (!framed()) return here[name](...args);
      let result, failed;
      for (const w of stays.test(name) && current ? [current] : windows()) {
        try {
          result = w.__here[name](...args);
        } catch (e) {
          failed = e;
          continue;
        }
        if (!result && !stays.test(name)) continue;
        current = w;
        here.last = w.__here.last;
        if (!result || result.x === undefined) return result;
        const at = w.frameElement.getBoundingClientRect();
        return { ...result, x: result.x + at.left, y: result.y + at.top };
      }
      if (result === undefined && failed) throw failed;
      return result;
    };
  }
  window.__here = here;
  window.__person = Object.fromEntries(Object.keys(here).map(name => [name, everywhere(name)]));
  Object.defineProperty(__person, 'last', { get: () => here.last });
  __person.inputs = () => framed() ? windows().flatMap(w => w.__here.inputs()) : inputs();
  __person.framesLoaded = () => !framed() || windows().length === document.querySelectorAll('frame').length && windows().every(w => w.document.readyState === 'complete');
  // expect says that a page is going to be left: this one, or one in a frame.
  __person.expect = () => {
    before = framed() ? windows().map(w => w.document) : null;
    if (!before) window.__left = true;
  };
  __person.stay = () => { before = null; [window, ...windows()].forEach(w => { w.__left = false; }); };
  __person.idle = () => here.idle() && (!framed() || windows().length === document.querySelectorAll('frame').length &&
    windows().every(w => w.__here.idle()) && (!before || windows().some(w => !before.includes(w.document))));
})();
