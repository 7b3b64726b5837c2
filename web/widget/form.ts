/**
 * The form before a chat: who the visitor is, and their consent; out of hours also the message. The
 * browser's own checks are replaced by sentences in the chat's language, beside the fields. Loaded when there
 * is something to ask: `form-definition.ts` tells.
 */

import { element, setText } from './dom.ts';
import type { FormAnswer, FormDefinition } from './form-definition.ts';
import { webAddress } from '../shared/links.ts';
import { needStyles } from './styles.ts';
import fieldsCss from './styles/fields.css';
import css from './styles/form.css';
import type { Texts } from './texts.ts';
import type { PreChatField } from '../shared/types.ts';

interface Control {
  name: string;
  input: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  error: HTMLElement;
  required: boolean;
  type: string;
}

/** Far below what the server takes; nobody has a name this long. */
const MAX_VALUE = 500;
const MAX_MESSAGE = 5_000;
const AUTOCOMPLETE: Record<string, string> = { name: 'name', email: 'email', phone: 'tel' };
const MESSAGE = ' message';
const CONSENT = ' consent';

export class PreChatForm {
  readonly root: HTMLFormElement;
  private readonly controls: Control[] = [];
  private readonly submit: HTMLButtonElement;
  private readonly problem = element('p', { class: 'problem', role: 'alert' });

  constructor(
    definition: FormDefinition,
    private readonly texts: Texts,
    /** What the site said of the visitor already. */
    known: Record<string, string | null>,
    private readonly onSubmit: (answer: FormAnswer) => void,
  ) {
    needStyles(fieldsCss, css);
    const rows = definition.fields.map((field) => this.field(field, known[field.name] ?? ''));
    if (definition.withMessage) {
      rows.push(this.field({ name: MESSAGE, label: texts.message, type: 'textarea', required: true }, ''));
    }
    if (definition.consent) rows.push(this.consent(definition.consent));
    this.submit = element('button', { class: 'primary', type: 'submit' }, definition.submitLabel);
    this.root = element(
      'form',
      { class: 'form', novalidate: true, 'aria-label': definition.intro, onsubmit: (event: Event) => this.submitted(event) },
      element('p', { class: 'intro', dir: 'auto' }, definition.intro),
      ...rows,
      this.problem,
      this.submit,
    );
  }

  focus(): void {
    (this.controls[0]?.input ?? this.submit).focus({ preventScroll: true });
  }

  /** Answers whether the message is part of the form. */
  setMessage(text: string): boolean {
    const control = this.controls.find(({ name }) => name === MESSAGE);
    if (control) control.input.value = text;
    return control !== undefined;
  }

  setBusy(busy: boolean): void {
    this.submit.setAttribute('aria-busy', String(busy));
    this.submit.setAttribute('aria-disabled', String(busy));
  }

  /** What the server objected to, by the names of the fields as it knows them. */
  refuse(details: Record<string, string[]> | null, fallback: string): void {
    this.setBusy(false);
    let first: Control | null = null;
    for (const [key, sentences] of Object.entries(details ?? {})) {
      const name = key.replace(/^pre_chat\./, '').replace(/^visitor_/, '');
      const control = this.controls.find((candidate) => candidate.name === name);
      if (!control) continue;
      this.mark(control, sentences[0] ?? fallback);
      first ??= control;
    }
    if (first) first.input.focus();
    else setText(this.problem, fallback);
  }

  private field(field: PreChatField, value: string): HTMLElement {
    const { texts } = this;
    const id = `field-${this.controls.length}`;
    const error = element('span', { class: 'error', id: `${id}-error` });
    const attributes = {
      id,
      name: field.name.trim(),
      'aria-describedby': error.id,
      'aria-required': String(field.required === true),
      autocomplete: AUTOCOMPLETE[field.name] ?? 'off',
      maxlength: field.name === MESSAGE ? MAX_MESSAGE : MAX_VALUE,
      dir: 'auto',
    };
    let input: Control['input'];
    const type = field.type ?? 'text';
    if (type === 'select') {
      const { maxlength: _, dir: __, ...rest } = attributes;
      const options = (field.options ?? []).map((option) => element('option', { value: option, dir: 'auto' }, option));
      input = element('select', rest, element('option', { value: '' }, texts.choose), ...options);
    } else if (type === 'textarea') {
      input = element('textarea', { ...attributes, rows: 4 });
    } else {
      input = element('input', { ...attributes, type: type === 'email' || type === 'tel' ? type : 'text' });
    }
    input.value = value;
    const control: Control = { name: field.name, input, error, required: field.required === true, type };
    input.addEventListener('input', () => this.mark(control, ''));
    this.controls.push(control);
    const defaults: Record<string, string> = { name: texts.name, email: texts.email, phone: texts.phone };
    const label = field.label || defaults[field.name] || field.name;
    const note = control.required ? null : element('span', { class: 'note' }, ` (${texts.optional})`);
    return element('div', { class: 'form-row' }, element('label', { for: id }, element('bdi', {}, label), note), input, error);
  }

  private consent({ text, url }: { text: string; url?: string | null }): HTMLElement {
    const id = 'field-consent';
    const error = element('span', { class: 'error', id: `${id}-error` });
    const input = element('input', { id, type: 'checkbox', 'aria-describedby': error.id, 'aria-required': 'true' });
    const control: Control = { name: CONSENT, input, error, required: true, type: 'checkbox' };
    input.addEventListener('change', () => this.mark(control, ''));
    this.controls.push(control);
    const href = url ? webAddress(url) : null;
    const link = href ? element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, this.texts.privacy) : null;
    return element('div', { class: 'form-row consent' }, input, element('div', {}, element('label', { for: id }, element('bdi', {}, text)), link && ' ', link), error);
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.submit.getAttribute('aria-disabled') === 'true') return;
    setText(this.problem, '');
    let first: Control | null = null;
    for (const control of this.controls) {
      const problem = this.problemOf(control);
      this.mark(control, problem);
      if (problem) first ??= control;
    }
    if (first) {
      first.input.focus();
      return;
    }
    const values: Record<string, string> = {};
    let message = '';
    let consent = false;
    for (const { name, input } of this.controls) {
      const value = input.value.trim();
      if (name === CONSENT) consent = (input as HTMLInputElement).checked;
      else if (name === MESSAGE) message = value;
      else if (value) values[name] = value;
    }
    this.setBusy(true);
    this.onSubmit({ values, consent, message });
  }

  private problemOf({ input, required, type }: Control): string {
    const { texts } = this;
    if (type === 'checkbox') return (input as HTMLInputElement).checked ? '' : texts.consentRequired;
    const value = input.value.trim();
    if (!value) return required ? texts.required : '';
    return type === 'email' && !/^\S+@\S+\.\S+$/.test(value) ? texts.invalidEmail : '';
  }

  private mark({ input, error }: Control, problem: string): void {
    input.setAttribute('aria-invalid', String(problem !== ''));
    setText(error, problem);
  }
}
