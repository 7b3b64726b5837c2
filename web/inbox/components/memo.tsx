/** A component that is drawn anew only when its properties differ in what counts (in any of them, unless told otherwise), or another language is spoken. */

import { Component, type ComponentType } from 'preact';
import { language } from '../text.ts';

export function memo<Props extends object>(
  Drawn: ComponentType<Props>,
  isSame: (before: Props, after: Props) => boolean = isShallowlySame,
): ComponentType<Props> {
  return class extends Component<Props> {
    private spoken = language.state;

    override shouldComponentUpdate(next: Props) {
      return this.spoken !== language.state || !isSame(this.props as Props, next);
    }

    override render() {
      this.spoken = language.state;
      return <Drawn {...(this.props as Props)} />;
    }
  };
}

export function isShallowlySame<Value extends object>(before: Value, after: Value): boolean {
  const names = Object.keys(after) as (keyof Value)[];
  return names.length === Object.keys(before).length && names.every((name) => before[name] === after[name]);
}
