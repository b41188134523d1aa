/** Addresses that no client may have: a page that leads there runs a script, reads a file, or leads nowhere. */
export const HOSTILE_URIS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  '\u0000javascript:alert(1)',
  'javascript\u003aalert(1)//https://new.example',
  'data:text/html,x',
  'DATA:text/html,x',
  'DATA:text/html;base64,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://new.example/x',
  'com.example:x',
  'com.example:javascript',
  'about:blank',
]
