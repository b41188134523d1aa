/**
 * The one style sheet of the pages. Any change to it changes {@link STYLE_HASH}.
 *
 * `once`: a second click within a second hits nothing. Without it a double click sends the form twice, and shows what became of the
 * second one: that it was answered already.
 */
export const STYLE = `:root{color-scheme:light dark;--ground:#eff3f3;--card:#fff;--text:#142021;--quiet:#526163;--line:#d6dfdf;--edge:#768688;--accent:#0b5c68;--on-accent:#fff;--hover:#08454e;--tint:#e3f0f1;--bad:#9c1f16;--bad-tint:#fdeeec}
@media(prefers-color-scheme:dark){:root{--ground:#0d1314;--card:#161e1f;--text:#e8eeee;--quiet:#a3b1b2;--line:#2b3738;--edge:#728385;--accent:#7ed0da;--on-accent:#04262b;--hover:#a5e2e9;--tint:#1c3034;--bad:#ffb0a6;--bad-tint:#3a1d1a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100svh;display:grid;grid-template-columns:minmax(0,26rem);justify-content:center;align-content:center;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
main{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:2.5rem;margin:2rem 0;box-shadow:0 1px 2px #0000000a,0 8px 32px #00000012}
h1,h2,p,ul{margin:0}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:1rem;line-height:1.5;font-weight:600;margin-top:1.5rem}
b{font-weight:600}
bdi{unicode-bidi:isolate}
.mark{display:grid;place-items:center;width:3rem;height:3rem;border-radius:.75rem;background:var(--tint);color:var(--accent);font-size:1.375rem;font-weight:650;margin-bottom:1.5rem}
.bad{background:var(--bad-tint);color:var(--bad)}
.lead{color:var(--quiet);margin-top:.5rem}
.lead b{color:var(--text)}
.error{border:1px solid var(--bad);border-left-width:.25rem;border-radius:.5rem;background:var(--bad-tint);color:var(--bad);padding:.75rem 1rem;margin-top:1.5rem}
label{display:block;font-weight:600;margin-top:1.5rem}
input:not([type=hidden]){display:block;width:100%;min-height:3rem;margin-top:.5rem;padding:.5rem .875rem;border:1px solid var(--edge);border-radius:.5rem;background:var(--card);color:var(--text);font:inherit}
input[aria-invalid]{border-color:var(--bad)}
button{min-height:3rem;padding:.5rem 1rem;border:1px solid var(--accent);border-radius:.5rem;background:none;color:var(--accent);font:inherit;font-weight:600;cursor:pointer}
button:hover{background:var(--tint)}
@keyframes once{0%,to{pointer-events:none}}
button:focus:not(:focus-visible,:active){animation:once 1s}
.primary{background:var(--accent);color:var(--on-accent)}
.primary:hover{background:var(--hover);border-color:var(--hover)}
.wide{width:100%;margin-top:2rem}
.next{margin-top:.75rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin-top:2rem}
.link{min-height:2.75rem;border-width:1px 0;border-color:transparent;padding:.5rem 0;text-decoration:underline;text-underline-offset:.2em;font-weight:400;text-align:left}
.link:hover{background:none;color:var(--hover)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
input:focus-visible{outline-width:2px;outline-offset:-1px}
.account{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:0 1rem;border:solid var(--line);border-width:1px 0;margin-top:1.5rem;padding:.5rem 0}
.account+.account{border-top:0;margin-top:0}
section .account{font-size:.875rem}
ul{list-style:none;padding:0}
li{position:relative;padding:.625rem 0 0 1.75rem}
li::before{content:"";position:absolute;left:.25rem;top:1.0625rem;width:.75rem;height:.375rem;border:solid var(--accent);border-width:0 0 2px 2px;transform:rotate(-45deg)}
.refused{color:var(--quiet)}
.refused li::before{height:0;border-width:0 0 2px;border-color:var(--quiet);transform:none;top:1.3125rem}
code{font:.8125rem/1.5 ui-monospace,monospace;color:var(--quiet)}
li code{display:block}
.new{border-radius:1rem;background:var(--accent);color:var(--on-accent);font-size:.75rem;line-height:1.5;font-weight:600;padding:.0625rem .5rem;white-space:nowrap}
input.code{font:600 1.5rem/1.5 ui-monospace,monospace;letter-spacing:.2em;text-align:center;text-transform:uppercase}
.shown{font:650 1.75rem/1.5 ui-monospace,monospace;letter-spacing:.15em;text-align:center;margin-top:1rem}
.note{border:1px solid var(--edge);border-left-width:.25rem;border-radius:.5rem;padding:.75rem 1rem;margin-top:1.5rem}
.step{margin-top:1rem}
section{margin-top:2rem}
section+section{border-top:1px solid var(--line);padding-top:2rem}
nav{display:flex;justify-content:space-between;border-top:1px solid var(--line);margin-top:2rem;padding-top:.5rem}
a{display:flex;align-items:center;min-height:2.75rem;color:var(--accent);text-underline-offset:.2em}
a:hover{color:var(--hover)}
.app{display:flex;align-items:center;gap:.75rem}
.app>*{margin:0}
.small{color:var(--quiet);font-size:.875rem;margin-top:1.5rem}
.rule{border-top:1px solid var(--line);padding-top:1rem}
@media(max-width:30rem){body{align-content:start;background:var(--card)}main{border:0;box-shadow:none;margin:0;padding:2rem 1.25rem}}
@media(max-width:19rem){.pair{grid-template-columns:1fr}}`

/**
 * What the content security policy allows of {@link STYLE}, and nothing else: its SHA-256 in base64. CSP 3 §2.3.1.
 * Written down and not computed, so that importing the package does no work; a test tells the new value.
 */
export const STYLE_HASH = 'sha256-16CgcVD4e4ELpsAiV5wBhY5cN9nToIo2ZQV+L2ly444='
