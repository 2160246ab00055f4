// Rules for the scripts of the page and the report. Used by PageScriptsTest where ESLint can be had.
const browser = ['document', 'window', 'location', 'history', 'fetch', 'matchMedia', 'localStorage', 'getComputedStyle', 'queueMicrotask',
  'setTimeout', 'clearTimeout', 'URL', 'URLSearchParams', 'Blob', 'Node', 'ResizeObserver', 'crypto'];
export default [{
  languageOptions: {ecmaVersion: 2024, sourceType: 'module', globals: Object.fromEntries(browser.map(name => [name, 'readonly']))},
  rules: {
    'no-undef': 'error', 'no-unused-vars': 'error', 'no-const-assign': 'error', 'no-dupe-keys': 'error', 'no-redeclare': 'error', 'prefer-const': 'error',
    'no-var': 'error', 'eqeqeq': 'error', 'no-eval': 'error', 'no-implied-eval': 'error', 'no-shadow-restricted-names': 'error', 'no-unreachable': 'error',
    'no-restricted-properties': ['error', {property: 'innerHTML', message: 'Text from an image is never markup.'},
      {property: 'outerHTML', message: 'Text from an image is never markup.'}, {property: 'insertAdjacentHTML', message: 'Text from an image is never markup.'}],
  },
}];
