package walk

// FromPortal has every walk begin at the portal page, for a test that follows a
// session with a browser, step by step. It is set before the first session.
var FromPortal bool
