/** Starts the page that describes the API and lets it be tried. */

import { render } from 'preact';
import icon from '../inbox/icon.svg';
import { App } from './app.tsx';
import './styles/api.css';

const link = document.createElement('link');
link.rel = 'icon';
link.href = new URL(icon, import.meta.url).href;
document.head.append(link);

const root = document.getElementById('app');
if (root) render(<App />, root);
