import {el} from './dom.js';

// Answers as files.

/** A whole list as files, without what is filtered here. */
export const files = (context, question, parameters) => el('span', {class: 'screen'}, el('a', {class: 'plain', href: context.ask.file(question, 'csv', parameters)}, 'All as CSV'), ' ',
  el('a', {class: 'plain', href: context.ask.file(question, 'ndjson', parameters)}, 'NDJSON'));

/** One answer as a file. */
export const json = (context, question, parameters) => el('a', {class: 'plain screen', href: context.ask.file(question, 'json', parameters), download: question + '.json'}, 'JSON');
