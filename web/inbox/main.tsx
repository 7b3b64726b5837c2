/** Starts the inbox in its page. */

import { render } from 'preact';
import { App } from './app.tsx';
import { Router } from './router.ts';
import { Account } from './state/account.ts';
import { followPreferences } from './state/appearance.ts';
import { Preferences } from './state/preferences.ts';
import { showUnread } from './state/favicon.ts';
import './styles/inbox.css';

showUnread(0);
const preferences = new Preferences();
const account = new Account({ preferences });
const root = document.getElementById('app');
if (root) void followPreferences(preferences).then(() => render(<App router={new Router()} account={account} preferences={preferences} />, root));
