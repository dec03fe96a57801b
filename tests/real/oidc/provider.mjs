// An identity provider with two applications and some people. One line of JSON on standard input
// says who they are; each further line `rotate` makes it sign with a new key from then on.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const firm = JSON.parse((await lines.next()).value);
const keys = [];
let current;

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys.length + 1}`, use: 'sig', alg: 'RS256' };
}

function provider(issuer) {
  const resource = (_, indicator) => ({
    audience: indicator,
    scope: firm.scopes.join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: 300,
    jwt: { sign: { alg: 'RS256' } },
  });
  return new Provider(issuer, {
    clients: firm.clients,
    jwks: { keys },
    scopes: ['openid', ...firm.scopes],
    pkce: { required: () => true },
    cookies: { keys: [firm.cookieSecret] },
    findAccount: (_, id) => (id in firm.groups ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
    extraTokenClaims: (_, token) => ({ groups: firm.groups[token.accountId ?? token.clientId] ?? [] }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => firm.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: resource,
      },
    },
  });
}

const server = createServer((request, answer) => current.callback()(request, answer));
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  for (;;) {
    keys.unshift(newKey());
    current = provider(issuer);
    console.log(JSON.stringify({ issuer, kid: keys[0].kid }));
    if ((await lines.next()).done) process.exit(0);
  }
});
