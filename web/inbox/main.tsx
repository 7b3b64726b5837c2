/** Starts the inbox in its page. */

import { render } from 'preact';
import { App } from './app.tsx';
import icon from './icon.svg';
import { Router } from './router.ts';
import { Account } from './state/account.ts';
import { followPreferences } from './state/appearance.ts';
import { Preferences } from './state/preferences.ts';
import './styles/inbox.css';

const link = document.createElement('link');
link.rel = 'icon';
link.href = new URL(icon, import.meta.url).href;
document.head.append(link);

const preferences = new Preferences();
const account = new Account({ preferences });
const root = document.getElementById('app');
if (root) void followPreferences(preferences).then(() => render(<App router={new Router()} account={account} preferences={preferences} />, root));
