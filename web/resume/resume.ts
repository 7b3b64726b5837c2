/**
 * Recovery for pusher-js, and for Laravel Echo on top of it: after a lost connection, each channel goes on where it was.
 *
 * On a channel with history, Antiphon numbers the events of backends (`id`) and says where a subscription begins. This
 * remembers the last id of each channel and sends it along (`resume_after`) when pusher-js subscribes again by itself; the
 * server then sends what was missed, in order, before what is new, or `pusher:resync` if it no longer has it.
 *
 * pusher-js drops the id before anybody can see it, so the raw frames are read where the transport hands them on. Where one
 * of the places that are looked at is not as expected, nothing is touched, and pusher-js works as without this.
 */

/** What is needed of a pusher-js instance. */
export interface PusherLike {
  connection: object;
  channel(name: string): unknown;
  allChannels(): { name: string }[];
  unsubscribe(name: string): void;
  send_event(event: string, data: any, channel?: string): boolean;
}

/** What is needed of a Laravel Echo instance. */
export interface EchoLike {
  connector: { pusher?: PusherLike } | object;
}

/** Where a channel is: the last id that went through, and the socket it went through. */
interface Position {
  id?: string;
  socket?: string;
  /** Where it begins anew, once the page has been told to fetch its state. */
  anew?: string;
}

/** The parts of pusher-js that it does not promise, each of which may be missing. */
interface Internals {
  [INSTALLED]?: boolean;
  connection: { socket_id?: string; connection?: { transport?: Transport | null } | null };
}

interface Transport {
  emit?(event: string, frame?: { data?: unknown }): unknown;
}

/** On the instance, so that two copies of this file do not both take its events for repeated ones. */
const INSTALLED = Symbol.for('antiphon-resume');

/**
 * Lets the instance recover. To be called once, right after the instance was made: a channel that is subscribed already has
 * no position before its next event. Calling it again changes nothing. Answers whether recovery is in place: false where this
 * is no pusher-js that it knows.
 */
export function resume(target: PusherLike | EchoLike): boolean {
  const pusher = ((target as { connector?: { pusher?: PusherLike } }).connector?.pusher ?? target) as PusherLike & Internals;
  if (pusher[INSTALLED]) return true;
  const { send_event: send, unsubscribe, channel, allChannels, connection } = pusher;
  const methods = [send, unsubscribe, channel, allChannels];
  if (!connection || methods.some((method) => typeof method !== 'function')) return false;
  pusher[INSTALLED] = true;

  const positions = new Map<string, Position>();
  for (const { name } of pusher.allChannels()) positions.set(name, {});
  let heard: Transport | undefined;
  const current = () => connection.connection?.transport;

  /** Reads along on the connection of this moment; answers whether that is possible. */
  const listen = (): boolean => {
    const transport = current();
    const emit = transport?.emit;
    if (!transport || !emit) return false;
    if (transport !== heard) {
      heard = transport;
      transport.emit = (event, frame) =>
        // A connection that was given up may still have frames to hand on. Nobody gets them, so they were not seen.
        event === 'message' && transport === current() && repeats(frame?.data)
          ? transport
          : emit.call(transport, event, frame);
    }
    return true;
  };

  /** Notes the frame's position. Answers whether it has gone through before. */
  const repeats = (text: unknown): boolean => {
    // Quotes inside of `data` are escaped: only frames with an id of their own are parsed.
    if (typeof text !== 'string' || !/"(id|pusher:resync)"/.test(text)) return false;
    let frame: { event?: string; channel?: string; id?: unknown; recovered?: boolean };
    try {
      frame = JSON.parse(text);
    } catch {
      return false;
    }
    const { id } = frame;
    const position = positions.get(frame.channel as string);
    if (position && frame.event === 'pusher:resync') position.id = position.anew ?? position.id;
    if (!position || typeof id !== 'string') return false;
    const begins = frame.event === 'pusher_internal:subscription_succeeded';
    if (!begins && position.id && !isNewer(id, position.id)) return true;
    // The channel is still where it was: what was missed is yet to come, or the page is yet to be told that it will not. If the
    // connection ends before that, it has to be told on the next one.
    if (!begins || frame.recovered === undefined) position.id = id;
    position.anew = begins && frame.recovered === false ? id : undefined;
    position.socket = connection.socket_id;
    return false;
  };

  pusher.send_event = (event, data, channelName) => {
    if (event === 'pusher:subscribe') {
      const name = data?.channel;
      const position = (listen() && positions.get(name)) || {};
      positions.set(name, position);
      if (position.id) data = { ...data, resume_after: position.id, resume_socket_id: position.socket };
    }
    return send.call(pusher, event, data, channelName);
  };

  pusher.unsubscribe = (name) => {
    unsubscribe.call(pusher, name);
    // It is still there while it waits for the answer to its subscription, and may be wanted again.
    if (!pusher.channel(name)) positions.delete(name);
  };

  listen();
  return true;
}

/** Ids of one epoch (what stands before the last dash) have one length and grow; others cannot be compared. */
function isNewer(id: string, last: string): boolean {
  const epoch = (text: string) => text.slice(0, text.lastIndexOf('-'));
  return id.length !== last.length || epoch(id) !== epoch(last) || id > last;
}
