/** Starts the demo in its page. */

import { begin } from '../pages/begin.ts';
import { App } from './app.tsx';
import './styles/demo.css';

begin(<App />);
