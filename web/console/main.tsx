/** Starts the console in its page. */

import { render } from 'preact';
import icon from '../inbox/icon.svg';
import { App } from './app.tsx';
import { ConsoleApi } from './console-api.ts';
import { Router } from './router.ts';
import { Session } from './state/session.ts';
import './styles/console.css';

const link = document.createElement('link');
link.rel = 'icon';
link.href = new URL(icon, import.meta.url).href;
document.head.append(link);

const api = new ConsoleApi();
const session = new Session(api);
const root = document.getElementById('app');
if (root) render(<App api={api} router={new Router()} session={session} />, root);
