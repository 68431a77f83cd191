// Links, and what pages embed.
const { String, ask, need, fire, frameWindow, defineProperty } = core;
const { HTMLElement, mirror, mirrorText, readText, writeText, readFlag, writeFlag, readURL } = need('element');

class HTMLAnchorElement extends HTMLElement {
  toString() { return this.href; }
}
mirror(HTMLAnchorElement, readText, writeText, { __proto__: null, download: 'download' });
mirrorText(HTMLAnchorElement);
mirror(HTMLAnchorElement, readURL, writeText, { __proto__: null, href: 'href' });
mirror(HTMLAnchorElement, readText, writeText, { __proto__: null, name: 'name', target: 'target', rel: 'rel', alt: 'alt' });
for (const part of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin']) {
  defineProperty(HTMLAnchorElement.prototype, part, { __proto__: null, get() { return ask('urlPart', this.href, part); } });
}

class HTMLImageElement extends HTMLElement {
  get complete() { return true; }
}
mirror(HTMLImageElement, readURL, writeText, { __proto__: null, src: 'src' });
mirror(HTMLImageElement, readText, writeText, { __proto__: null, alt: 'alt', name: 'name', border: 'border', useMap: 'usemap' });

class HTMLScriptElement extends HTMLElement {}
mirrorText(HTMLScriptElement);
mirror(HTMLScriptElement, readURL, writeText, { __proto__: null, src: 'src' });
mirror(HTMLScriptElement, readText, writeText, { __proto__: null, type: 'type', charset: 'charset', language: 'language' });
mirror(HTMLScriptElement, readFlag, writeFlag, { __proto__: null, async: 'async', defer: 'defer' });

class HTMLIFrameElement extends HTMLElement {
  get contentWindow() { return frameWindow(this); }
  get contentDocument() { return null; }
}
mirror(HTMLIFrameElement, readText, writeText, { __proto__: null, name: 'name' });
defineProperty(HTMLIFrameElement.prototype, 'src', {
  __proto__: null,
  get() { return readURL(this, 'src'); },
  set(v) { ask('navigate', String(v), 'frame.src', this.name || '_frame'); },
});

class HTMLDialogElement extends HTMLElement {
  show() { this.open = true; }
  showModal() { this.open = true; }
  close(value) {
    if (!this.open) return;
    this.open = false;
    if (value !== undefined) this.returnValue = String(value);
    fire(this, 'close', false);
  }
}
mirror(HTMLDialogElement, readFlag, writeFlag, { __proto__: null, open: 'open' });

class HTMLTemplateElement extends HTMLElement {
  get content() { return need('node').wrap(ask('content', this._id)); }
  get innerHTML() { return this.content.innerHTML; }
  set innerHTML(v) { this.content.innerHTML = v; }
}

return { HTMLTemplateElement, HTMLDialogElement, HTMLAnchorElement, HTMLImageElement, HTMLScriptElement, HTMLIFrameElement };
