// Security keys: a form with data-passkey asks the browser for a credential and sends it as its field `credential`.
// The options come with the page (script#passkey-options) or, on the sign-in page, from the address in data-options.
import { $, $$ } from './dom.js';

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), one => one.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const named = list => (list ?? []).map(one => ({ ...one, id: bytes(one.id) }));

async function options(form) {
  if (!form.dataset.options) return JSON.parse($('#passkey-options', form).textContent);
  const answer = await fetch(form.dataset.options, { headers: { Accept: 'application/json' } });
  return (await answer.json()).request_options;
}
async function created(asked) {
  const found = await navigator.credentials.create({ publicKey: { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: named(asked.excludeCredentials) } });
  return { ...common(found), response: { clientDataJSON: text(found.response.clientDataJSON), attestationObject: text(found.response.attestationObject), transports: found.response.getTransports?.() ?? [] } };
}
async function shown(asked) {
  const found = await navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return { ...common(found), response: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : null } };
}
const common = found => ({ id: found.id, rawId: text(found.rawId), type: found.type, authenticatorAttachment: found.authenticatorAttachment ?? null, clientExtensionResults: found.getClientExtensionResults() });

async function send(event) {
  const form = event.currentTarget;
  event.preventDefault();
  $('[data-passkey-failed]', form).hidden = true;
  try {
    const { publicKey } = await options(form);
    const alone = $('[name=passwordless]', form)?.checked;
    if (alone) publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: 'required', requireResidentKey: true, userVerification: 'required' };
    $('[name=credential]', form).value = JSON.stringify(await (form.dataset.passkey === 'create' ? created : shown)(publicKey));
    form.submit();
  } catch (error) {
    const failed = $('[data-passkey-failed]', form);
    if (error.name === 'SecurityError' && failed.dataset.address) failed.textContent = failed.dataset.address;
    failed.hidden = false;
  }
}
export function watch() {
  $$('form[data-passkey]').forEach(form => {
    if (form.dataset.watched) return;
    form.dataset.watched = 'yes';
    form.hidden = !window.PublicKeyCredential || (form.hidden && /^[\d.]+$|:/.test(location.hostname)); // no key is bound to a number
    form.addEventListener('submit', send);
  });
}
