import { describe, expect, it } from 'vitest';
import { asPage } from '../../messages/maintenance-page.ts';
import { hasMaintenance, withMaintenance } from './maintenance.ts';

const config = `frontend listener
  bind :8080
  use_backend admin if { path -m reg '^/admin$' }
  default_backend api

frontend statistics
  bind :8404
`;
const page = { message: 'Back soon.', retryAfterSeconds: 600 };

describe('the maintenance page of HAProxy', () => {
  it('answers before anything chooses a backend, in the frontend of the app alone', () => {
    const lines = withMaintenance(config, page).split('\n');
    expect(lines.slice(0, 3)).toEqual(['frontend listener', '  bind :8080', '  # maintenance']);
    expect(lines.filter((line) => line.includes('return status 503'))).toHaveLength(2);
    expect(hasMaintenance(lines.join('\n'))).toBe(true);
  });

  it('is replaced, and removed without a trace', () => {
    const on = withMaintenance(config, page);
    expect(withMaintenance(withMaintenance(on, { ...page, message: 'Later.' }), page)).toBe(on);
    expect(withMaintenance(on, undefined)).toBe(config);
    expect(hasMaintenance(config)).toBe(false);
  });

  it.each(["it's ' here", '"quoted" \\ and $HOME #1', 'two\nlines\r\nand {{braces}}', '</p><script>'])(
    'cannot be left by a message: %j',
    (message) => {
      const text = withMaintenance(config, asPage({ ...page, message }));
      const own = text.split('\n').filter((line) => line.includes('return status 503'));
      expect(own).toHaveLength(2);
      for (const line of own) expect(line.match(/'/g)).toHaveLength(4);
      expect(own[0]).not.toContain('<script>');
      expect(withMaintenance(text, undefined)).toBe(config);
    },
  );
});
