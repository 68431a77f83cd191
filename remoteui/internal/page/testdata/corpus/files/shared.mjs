let calls = 1;
document.title += ' shared';
export const say = text => { calls++; document.title += ' ' + text };
export const count = () => calls;
