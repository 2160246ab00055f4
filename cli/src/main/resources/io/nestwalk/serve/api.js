// Asks the server. Answers are the commands' own; rows come in pages.

const PAGE = 5000;
const wait = ms => new Promise(done => setTimeout(done, ms));

export class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

const get = async (path, onWait) => {
  for (;;) {
    let response;
    try { response = await fetch(path, {credentials: 'same-origin'}); } catch { throw new Refused(0, 'the program does not answer any more; start `nestwalk serve` again'); }
    const body = await response.json();
    if (response.ok) return body;
    if (response.status !== 503) throw new Refused(response.status, body.error);
    if (onWait) onWait(body.error);
    await wait(700);
  }
};

const query = parameters => {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters || {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) all.set(name, String(value));
  }
  const text = all.toString();
  return text ? '?' + text : '';
};

export const cases = () => get('/api/cases');

/** What commands list, and the columns of it. */
export const views = () => get('/api/views');

/** What can be asked of one case. onWait is told why an answer is late. */
export const asking = (number, onWait) => {
  const path = (question, parameters) => `/api/${number}/${question}${query(parameters)}`;
  const kept = new Map();
  return {
    one: (question, parameters) => get(path(question, parameters), onWait),
    /** All rows of a list, page by page; the first page's coverage stands for all. */
    async all(question, name, parameters) {
      const key = path(question, parameters);
      if (kept.has(key)) return kept.get(key);
      const rows = [];
      let first = null;
      do {
        const page = await get(path(question, {...parameters, offset: rows.length, limit: PAGE}), onWait);
        first = first || page;
        rows.push(...page[name]);
        if (page[name].length === 0) break;
      } while (rows.length < first.page.total);
      const whole = {...first, rows};
      if (kept.size > 20) kept.clear();
      kept.set(key, whole);
      return whole;
    },
    /** The address of a whole answer as a file. */
    file: (question, format, parameters) => path(question, {...parameters, format}),
  };
};
