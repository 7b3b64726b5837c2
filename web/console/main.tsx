/** Starts the console in its page. */

import { begin } from '../pages/begin.ts';
import { App } from './app.tsx';
import { ConsoleApi } from './console-api.ts';
import { Router } from './router.ts';
import { Session } from './state/session.ts';
import './styles/console.css';

const api = new ConsoleApi();
begin(<App api={api} router={new Router()} session={new Session(api)} />);
