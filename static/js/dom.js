// The two lookups every script uses, and comparison without accents.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const fold = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
