/** Starts the page that describes the API and lets it be tried. */

import { begin } from '../pages/begin.ts';
import { App } from './app.tsx';
import './styles/api.css';

begin(<App />);
