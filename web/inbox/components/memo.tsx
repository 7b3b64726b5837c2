/** A component that is drawn anew only when its properties differ in what counts. */

import { Component, type ComponentType } from 'preact';

export function memo<Props extends object>(
  Drawn: ComponentType<Props>,
  isSame: (before: Props, after: Props) => boolean,
): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props) {
      return !isSame(this.props as Props, next);
    }

    override render() {
      return <Drawn {...(this.props as Props)} />;
    }
  };
}
