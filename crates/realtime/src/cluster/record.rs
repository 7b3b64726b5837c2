//! What nodes tell each other, as bytes.
//!
//! An entry of the log is a head and some records of one node. Numbers are varints, texts have their length in front. Unknown
//! versions and broken entries are refused as a whole; nothing in here trusts what it reads.

use antiphon_protocol::SocketId;

/// The first byte of an entry. Nodes of another version do not understand each other, and say so.
const VERSION: u8 = 1;

/// What follows an event: the connection that does not get it, and the number by which a repetition is known.
const HAS_EXCEPT: u8 = 1;
const IS_ONCE: u8 = 2;

/// The most channels or members of one record that are believed. More than any sender writes.
const MAX_LIST: usize = 1 << 20;

/// What stands in front of the records of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The process that wrote it.
    pub(super) node: u64,
    /// How many times that process had been declared dead.
    pub(super) life: u32,
    /// When it was written, by the node's clock, in milliseconds since 1970.
    pub(super) at_unix_ms: u64,
    /// The number of the first record. Each further one has the next; a node never gives a number twice, but may send it again.
    pub(super) first: u64,
}

/// What a node says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// A backend publishes an event.
    Publish {
        app: &'a str,
        channels: Vec<&'a str>,
        event: &'a str,
        data: &'a str,
        except: Option<SocketId>,
        /// See [`crate::Publication::once`].
        once: Option<u128>,
    },
    /// A client event, as the JSON that the others get.
    Message {
        app: &'a str,
        channel: &'a str,
        json: &'a str,
        except: SocketId,
    },
    /// The connections of a user are to be closed.
    Terminate { app: &'a str, user: &'a str },
    /// What the node has on a channel: all its subscriptions, and these members.
    Channel {
        app: &'a str,
        channel: &'a str,
        subscriptions: u32,
        members: Vec<MemberRecord<'a>>,
    },
    /// Whether the node has a user signed in.
    User {
        app: &'a str,
        user: &'a str,
        is_here: bool,
    },
    /// The node asks the others for everything that they have.
    Hello,
    /// Everything that the node has follows, until [`Record::StateEnd`].
    StateBegin,
    /// What was not told since [`Record::StateBegin`] is not there.
    StateEnd,
    /// The node is there, and has so many connections of each application.
    Alive { connections: Vec<(&'a str, u64)> },
    /// This life of a node was silent for too long, and is over.
    Dead { node: u64, life: u32 },
    /// The node stops.
    Bye,
    /// Events of the node were dropped that the others never got.
    Lost,
}

/// A member as a node tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberRecord<'a> {
    pub(super) user_id: &'a str,
    /// Its `user_info`, or `None` if the node does not have it.
    pub(super) here: Option<Option<&'a str>>,
}

/// The entry is not one that this version understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry of the log is broken, or of another version of Antiphon")]
pub(super) struct Broken;

impl Head {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.push(VERSION);
        for number in [self.node, self.life.into(), self.at_unix_ms, self.first] {
            write_number(out, number);
        }
    }
}

impl Record<'_> {
    /// How many events of channels it stands for; each gets a serial.
    pub(super) fn events(&self) -> usize {
        match self {
            Self::Publish { channels, .. } => channels.len(),
            _ => 0,
        }
    }

    /// Whether it is delivered to clients, and not only told to nodes.
    pub(super) fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Publish { .. } | Self::Message { .. } | Self::Terminate { .. }
        )
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Publish {
                app,
                channels,
                event,
                data,
                except,
                once,
            } => {
                out.push(1);
                write_text(out, app);
                write_number(out, channels.len() as u64);
                channels.iter().for_each(|channel| write_text(out, channel));
                write_text(out, event);
                write_text(out, data);
                let flags = [(except.is_some(), HAS_EXCEPT), (once.is_some(), IS_ONCE)];
                out.push(flags.iter().filter(|flag| flag.0).map(|flag| flag.1).sum());
                if let Some(socket_id) = except {
                    write_number(out, socket_id.to_bits());
                }
                if let Some(once) = once {
                    out.extend_from_slice(&once.to_be_bytes());
                }
            }
            Self::Message {
                app,
                channel,
                json,
                except,
            } => {
                out.push(2);
                write_texts(out, &[app, channel, json]);
                write_number(out, except.to_bits());
            }
            Self::Terminate { app, user } => {
                out.push(3);
                write_texts(out, &[app, user]);
            }
            Self::Channel {
                app,
                channel,
                subscriptions,
                members,
            } => {
                out.push(4);
                write_texts(out, &[app, channel]);
                write_number(out, (*subscriptions).into());
                write_number(out, members.len() as u64);
                for member in members {
                    write_text(out, member.user_id);
                    match member.here {
                        None => out.push(0),
                        Some(None) => out.push(1),
                        Some(Some(info)) => {
                            out.push(2);
                            write_text(out, info);
                        }
                    }
                }
            }
            Self::User { app, user, is_here } => {
                out.push(5);
                write_texts(out, &[app, user]);
                out.push((*is_here).into());
            }
            Self::Hello => out.push(6),
            Self::StateBegin => out.push(7),
            Self::StateEnd => out.push(8),
            Self::Alive { connections } => {
                out.push(9);
                write_number(out, connections.len() as u64);
                for (app, count) in connections {
                    write_text(out, app);
                    write_number(out, *count);
                }
            }
            Self::Dead { node, life } => {
                out.push(10);
                write_number(out, *node);
                write_number(out, (*life).into());
            }
            Self::Bye => out.push(11),
            Self::Lost => out.push(12),
        }
    }
}

/// Reads an entry: its head, and its records.
pub(super) fn read(entry: &[u8]) -> Result<(Head, Vec<Record<'_>>), Broken> {
    let mut input = Input(entry);
    if input.byte()? != VERSION {
        return Err(Broken);
    }
    let head = Head {
        node: input.number()?,
        life: input.small()?,
        at_unix_ms: input.number()?,
        first: input.number()?,
    };
    let mut records = Vec::new();
    while !input.0.is_empty() {
        records.push(input.record()?);
    }
    Ok((head, records))
}

/// Reads one record.
pub(super) fn read_one(record: &[u8]) -> Option<Record<'_>> {
    Input(record).record().ok()
}

/// The value that a cache channel's event is kept as: when it was published, its name, its data.
pub(super) fn write_cached(at_unix_ms: u64, event: &str, data: &str) -> Vec<u8> {
    let mut out = vec![VERSION];
    write_number(&mut out, at_unix_ms);
    write_text(&mut out, event);
    write_text(&mut out, data);
    out
}

/// What [`write_cached`] has written.
pub(super) fn read_cached(value: &[u8]) -> Result<(u64, &str, &str), Broken> {
    let mut input = Input(value);
    match input.byte()? {
        VERSION => Ok((input.number()?, input.text()?, input.text()?)),
        _ => Err(Broken),
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn write_texts(out: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| write_text(out, text));
}

/// What is still to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Result<u8, Broken> {
        let (first, rest) = self.0.split_first().ok_or(Broken)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, Broken> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Broken)
    }

    fn small(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.number()?).map_err(|_| Broken)
    }

    fn wide(&mut self) -> Result<u128, Broken> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Broken)?;
        self.0 = rest;
        Ok(u128::from_be_bytes(*bytes))
    }

    fn text(&mut self) -> Result<&'a str, Broken> {
        let len = usize::try_from(self.number()?).map_err(|_| Broken)?;
        let (text, rest) = self.0.split_at_checked(len).ok_or(Broken)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Broken)
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Broken>,
    ) -> Result<Vec<T>, Broken> {
        let len = usize::try_from(self.number()?).map_err(|_| Broken)?;
        // Each item has a byte at least.
        if len > self.0.len().min(MAX_LIST) {
            return Err(Broken);
        }
        (0..len).map(|_| item(self)).collect()
    }

    fn record(&mut self) -> Result<Record<'a>, Broken> {
        Ok(match self.byte()? {
            1 => {
                let (app, channels) = (self.text()?, self.list(Self::text)?);
                let (event, data, flags) = (self.text()?, self.text()?, self.byte()?);
                if flags & !(HAS_EXCEPT | IS_ONCE) != 0 {
                    return Err(Broken);
                }
                let except = match flags & HAS_EXCEPT {
                    0 => None,
                    _ => Some(SocketId::from_random(self.number()?)),
                };
                let once = match flags & IS_ONCE {
                    0 => None,
                    _ => Some(self.wide()?),
                };
                Record::Publish {
                    app,
                    channels,
                    event,
                    data,
                    except,
                    once,
                }
            }
            2 => Record::Message {
                app: self.text()?,
                channel: self.text()?,
                json: self.text()?,
                except: SocketId::from_random(self.number()?),
            },
            3 => Record::Terminate {
                app: self.text()?,
                user: self.text()?,
            },
            4 => Record::Channel {
                app: self.text()?,
                channel: self.text()?,
                subscriptions: self.small()?,
                members: self.list(|input| {
                    Ok(MemberRecord {
                        user_id: input.text()?,
                        here: match input.byte()? {
                            0 => None,
                            1 => Some(None),
                            _ => Some(Some(input.text()?)),
                        },
                    })
                })?,
            },
            5 => Record::User {
                app: self.text()?,
                user: self.text()?,
                is_here: self.byte()? != 0,
            },
            6 => Record::Hello,
            7 => Record::StateBegin,
            8 => Record::StateEnd,
            9 => Record::Alive {
                connections: self.list(|input| Ok((input.text()?, input.number()?)))?,
            },
            10 => Record::Dead {
                node: self.number()?,
                life: self.small()?,
            },
            11 => Record::Bye,
            12 => Record::Lost,
            _ => return Err(Broken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_record() -> Vec<Record<'static>> {
        let member = |user_id, here| MemberRecord { user_id, here };
        vec![
            Record::Publish {
                app: "1",
                channels: vec!["a", "private-b"],
                event: "e",
                data: "{\"ä\":1}",
                except: Some(SocketId::from_random(u64::MAX)),
                once: Some(u128::MAX - 1),
            },
            Record::Publish {
                app: "",
                channels: vec![],
                event: "",
                data: "",
                except: None,
                once: None,
            },
            Record::Message {
                app: "1",
                channel: "private-a",
                json: "{}",
                except: SocketId::from_random(0),
            },
            Record::Terminate {
                app: "1",
                user: "u",
            },
            Record::Channel {
                app: "1",
                channel: "presence-a",
                subscriptions: u32::MAX,
                members: vec![
                    member("1", None),
                    member("2", Some(None)),
                    member("3", Some(Some("{}"))),
                ],
            },
            Record::User {
                app: "1",
                user: "u",
                is_here: true,
            },
            Record::Hello,
            Record::StateBegin,
            Record::StateEnd,
            Record::Alive {
                connections: vec![("1", 0), ("2", u64::MAX)],
            },
            Record::Dead {
                node: u64::MAX,
                life: 3,
            },
            Record::Bye,
            Record::Lost,
        ]
    }

    fn entry() -> (Head, Vec<u8>) {
        let head = Head {
            node: u64::MAX,
            life: 2,
            at_unix_ms: 1_800_000_000_000,
            first: 77,
        };
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        every_record()
            .iter()
            .for_each(|record| record.write(&mut bytes));
        (head, bytes)
    }

    #[test]
    fn what_was_written_is_read() {
        let (head, bytes) = entry();
        assert_eq!(read(&bytes), Ok((head, every_record())));
        let value = write_cached(5, "e", "{}");
        assert_eq!(read_cached(&value), Ok((5, "e", "{}")));
    }

    #[test]
    fn another_version_is_refused() {
        let (_, mut bytes) = entry();
        bytes[0] += 1;
        assert_eq!(read(&bytes), Err(Broken));
    }

    proptest! {
        #[test]
        fn broken_entries_are_refused_and_never_panic(
            at in any::<prop::sample::Index>(),
            byte: u8,
            len in any::<prop::sample::Index>(),
        ) {
            let (_, mut bytes) = entry();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let len = len.index(bytes.len());
            let _ = read(&bytes);
            let _ = read(&bytes[..len]);
            let _ = read_cached(&bytes);
        }
    }
}
