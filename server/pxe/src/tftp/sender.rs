//! [`Sender`]: one transfer as a state machine. It is told what came (an acknowledgement, a time-out) and says what goes out;
//! sockets and clocks are somebody else's.

use super::packet::{self, Options, Reply, USUAL_BLOCK};
use super::source::Source;
use std::io;

/// The header of a data block.
const HEADER: usize = 4;
/// How often the same is sent again before the client counts as gone.
const RETRIES: u8 = 6;
/// As much as the largest kernel batch of one call; a larger window is agreed on as this.
pub(super) const LARGEST_WINDOW: u16 = 64;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send what [`Sender::packets`] holds, then wait.
    Send,
    /// Wait on.
    Wait,
    /// It is over.
    End(Outcome),
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client has everything.
    Whole,
    /// The client stopped before the first block: it only wanted the size, which UEFI firmware does each time.
    OnlySize,
    /// The client stopped in between, with this code.
    Stopped(u16),
    /// The client says nothing any more.
    Gone,
}

/// One transfer.
#[derive(Debug)]
pub struct Sender {
    source: Source,
    options: Options,
    block: usize,
    window: u64,
    /// The block (from 1) that the client waits for; 0 while it has not answered the agreement.
    next: u64,
    /// The last block that was sent.
    sent: u64,
    /// The last block there is; it is shorter than the others, maybe empty.
    last: u64,
    tries: u8,
    /// The client asked once for the same blocks again; more of the same question are echoes of one gap.
    repeated: bool,
    packets: Vec<u8>,
    /// The window after this one, when it was prepared, and its first block.
    ahead: Option<(u64, Vec<u8>)>,
    /// Memory of a window that is over.
    spare: Vec<u8>,
}

impl Sender {
    /// Begins. `largest` bytes fit one packet without being cut up; a client that asks for more gets that.
    ///
    /// # Errors
    /// The first blocks cannot be read.
    pub fn begin(source: Source, asked: &Options, largest: u16) -> io::Result<(Self, Step)> {
        let mut options = *asked;
        options.block = options.block.map(|block| block.min(largest));
        options.window = options.window.map(|window| window.min(LARGEST_WINDOW));
        let block = usize::from(options.block.unwrap_or(USUAL_BLOCK));
        let last = source.length() / block as u64 + 1;
        let window = u64::from(options.window.unwrap_or(1));
        let agree = options != Options::default();
        let mut sender = Self {
            block,
            window,
            next: u64::from(!agree),
            sent: 0,
            last,
            tries: 0,
            repeated: false,
            packets: Vec::with_capacity(usize::try_from(window).unwrap_or(1) * (block + HEADER)),
            ahead: None,
            spare: Vec::new(),
            source,
            options,
        };
        if agree {
            sender.packets = packet::agreed(&sender.options, sender.source.length());
        } else {
            sender.fill()?;
        }
        Ok((sender, Step::Send))
    }

    /// What goes out: packets of [`Sender::packet_size`] bytes one after the other, the last maybe shorter.
    pub fn packets(&self) -> &[u8] {
        &self.packets
    }

    /// Bytes of each packet in [`Sender::packets`] but the last.
    pub fn packet_size(&self) -> usize {
        match self.next {
            0 => self.packets.len(),
            _ => self.block + HEADER,
        }
    }

    /// Every block waits for the answer to the one before.
    pub fn in_lock_step(&self) -> bool {
        self.window == 1
    }

    /// The file's bytes.
    pub fn length(&self) -> u64 {
        self.source.length()
    }

    /// What the client agreed to wait, in seconds.
    pub fn timeout_secs(&self) -> Option<u8> {
        self.options.timeout_secs
    }

    /// How often the present packets went out without an answer.
    pub fn tries(&self) -> u8 {
        self.tries
    }

    /// Something came from the client.
    ///
    /// # Errors
    /// The next blocks cannot be read.
    pub fn came(&mut self, reply: Reply) -> io::Result<Step> {
        match reply {
            Reply::Ack(number) => self.acknowledged(number),
            Reply::Error(_) if self.next <= 1 => Ok(Step::End(Outcome::OnlySize)),
            Reply::Error(code) => Ok(Step::End(Outcome::Stopped(code))),
            Reply::Other => Ok(Step::Wait),
        }
    }

    /// Nothing came in time: the same again.
    pub fn silence(&mut self) -> Step {
        self.tries += 1;
        match (self.tries > RETRIES, self.next) {
            // Firmware that only wanted the size may as well say nothing.
            (true, 0) => Step::End(Outcome::OnlySize),
            (true, _) => Step::End(Outcome::Gone),
            (false, _) => Step::Send,
        }
    }

    fn acknowledged(&mut self, number: u16) -> io::Result<Step> {
        if self.next == 0 {
            return match number {
                0 => self.advance(1),
                _ => Ok(Step::Wait),
            };
        }
        // Numbers are 16 bits and begin again at 0; which block is meant follows from those that are under way.
        let before = self.next - 1;
        let ahead = u64::from(number.wrapping_sub(before as u16));
        let block = before + ahead;
        if block > self.sent {
            // Older than what is under way.
            return Ok(Step::Wait);
        }
        if ahead == 0 {
            // In lock-step, an answer seen twice must not send twice (RFC 1123 4.2.3.1). With a window it means that the first
            // block of it was lost.
            if self.window == 1 || self.repeated {
                return Ok(Step::Wait);
            }
            self.repeated = true;
            return Ok(Step::Send);
        }
        if block == self.last {
            return Ok(Step::End(Outcome::Whole));
        }
        self.advance(block + 1)
    }

    fn advance(&mut self, next: u64) -> io::Result<Step> {
        self.next = next;
        self.tries = 0;
        self.repeated = false;
        self.fill()?;
        Ok(Step::Send)
    }

    /// Makes the next window while the client still receives this one: in lock-step, nothing but sending is left to be done when its
    /// answer comes.
    ///
    /// # Errors
    /// The next blocks cannot be read.
    pub fn prepare(&mut self) -> io::Result<()> {
        let from = self.sent + 1;
        if from > self.last || self.ahead.as_ref().is_some_and(|(first, _)| *first == from) {
            return Ok(());
        }
        let memory = self.ahead.take().map_or_else(|| std::mem::take(&mut self.spare), |(_, memory)| memory);
        self.ahead = Some((from, self.window_from(from, memory)?));
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        let packets = match self.ahead.take_if(|(first, _)| *first == self.next) {
            Some((_, packets)) => packets,
            None => {
                let memory = std::mem::take(&mut self.spare);
                self.window_from(self.next, memory)?
            }
        };
        self.spare = std::mem::replace(&mut self.packets, packets);
        self.sent = self.end_of_window(self.next);
        Ok(())
    }

    fn end_of_window(&self, first: u64) -> u64 {
        (first + self.window - 1).min(self.last)
    }

    fn window_from(&mut self, first: u64, mut packets: Vec<u8>) -> io::Result<Vec<u8>> {
        packets.clear();
        for number in first..=self.end_of_window(first) {
            let bytes = self.source.read((number - 1) * self.block as u64, self.block)?;
            packets.extend_from_slice(&[0, 3]);
            packets.extend_from_slice(&(number as u16).to_be_bytes());
            packets.extend_from_slice(bytes);
        }
        Ok(packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    fn begin(length: usize, options: Options) -> Sender {
        Sender::begin(Source::Text(bytes(length)), &options, 1468).unwrap().0
    }

    /// Receives by RFC 1350 and 7440; loses each packet for which `lose` says so.
    fn receive(length: usize, options: Options, mut lose: impl FnMut() -> bool) -> (Vec<u8>, Outcome) {
        let mut sender = begin(length, options);
        let block = usize::from(options.block.unwrap_or(USUAL_BLOCK));
        let window = usize::from(options.window.unwrap_or(1));
        let (mut got, mut expected, mut since_ack) = (Vec::new(), 1_u64, 0);
        let mut step = Step::Send;
        let mut turns = 0;
        loop {
            turns += 1;
            assert!(turns < 4_000_000, "it goes round");
            let mut replies = Vec::new();
            if step == Step::Send {
                let (packets, size) = (sender.packets().to_vec(), sender.packet_size());
                // It must not matter whether there was time for it.
                if turns % 3 != 0 {
                    sender.prepare().unwrap();
                }
                let mut gap = false;
                for packet in packets.chunks(size) {
                    if lose() {
                        continue;
                    }
                    if packet[1] == 6 {
                        replies.push(0);
                        continue;
                    }
                    let number = u16::from_be_bytes([packet[2], packet[3]]);
                    if number == expected as u16 {
                        got.extend_from_slice(&packet[4..]);
                        expected += 1;
                        since_ack += 1;
                        gap = false;
                        if since_ack == window || packet.len() < block + 4 {
                            replies.push((expected - 1) as u16);
                            since_ack = 0;
                        }
                    } else if !gap {
                        replies.push((expected - 1) as u16);
                        since_ack = 0;
                        gap = true;
                    }
                }
            }
            step = Step::Wait;
            for reply in replies {
                if !lose() {
                    match sender.came(Reply::Ack(reply)).unwrap() {
                        Step::Wait => {}
                        other => step = other,
                    }
                }
            }
            if step == Step::Wait {
                step = sender.silence();
            }
            if let Step::End(outcome) = step {
                return (got, outcome);
            }
        }
    }

    #[test]
    fn files_of_every_kind_of_length_arrive_whole() {
        for length in [0, 1, 511, 512, 513, 1024, 100_000] {
            for window in [None, Some(1), Some(4), Some(16)] {
                let options = Options { window, ..Options::default() };
                let (got, outcome) = receive(length, options, || false);
                assert_eq!((got.len(), outcome), (length, Outcome::Whole), "{length} {window:?}");
                assert_eq!(got, bytes(length));
            }
        }
    }

    #[test]
    fn block_numbers_begin_again_at_zero() {
        // Twice past 65535, in blocks of the smallest size.
        let length = 8 * 140_000 + 3;
        for window in [None, Some(4)] {
            let options = Options { block: Some(8), window, ..Options::default() };
            let (got, outcome) = receive(length, options, || false);
            assert_eq!((got.len(), outcome), (length, Outcome::Whole));
            assert_eq!(got, bytes(length));
        }
    }

    #[test]
    fn an_answer_seen_twice_does_not_send_twice() {
        let mut sender = begin(5000, Options::default());
        assert_eq!(sender.came(Reply::Ack(1)).unwrap(), Step::Send);
        assert_eq!(sender.came(Reply::Ack(1)).unwrap(), Step::Wait);
        assert_eq!(sender.came(Reply::Ack(2)).unwrap(), Step::Send);
    }

    #[test]
    fn a_gap_in_a_window_is_filled_once_and_at_once() {
        let mut sender = begin(50_000, Options { window: Some(4), ..Options::default() });
        assert_eq!(sender.came(Reply::Ack(0)).unwrap(), Step::Send);
        assert_eq!(sender.packets().len(), 4 * 516);
        assert_eq!(sender.came(Reply::Ack(2)).unwrap(), Step::Send);
        assert_eq!(sender.packets()[..4], [0, 3, 0, 3]);
        assert_eq!(sender.came(Reply::Ack(2)).unwrap(), Step::Send, "the first of it was lost");
        assert_eq!(sender.came(Reply::Ack(2)).unwrap(), Step::Wait, "an echo of the same gap");
    }

    #[test]
    fn who_only_wants_the_size_is_not_a_failure() {
        for reply in [Reply::Error(0), Reply::Error(8)] {
            let mut sender = begin(5000, Options { size: true, ..Options::default() });
            assert_eq!(sender.came(reply).unwrap(), Step::End(Outcome::OnlySize));
        }
        let mut sender = begin(5000, Options { size: true, ..Options::default() });
        let steps: Vec<_> = (0..=RETRIES).map(|_| sender.silence()).collect();
        assert_eq!(steps.last(), Some(&Step::End(Outcome::OnlySize)));
    }

    #[test]
    fn wishes_are_granted_as_far_as_they_fit() {
        let options = Options { block: Some(60_000), window: Some(1000), ..Options::default() };
        let sender = begin(5000, options);
        assert_eq!(sender.packets(), b"\0\x06blksize\x001468\0windowsize\x0064\0");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn with_losses_a_file_arrives_whole_or_the_end_is_said(
            length in 0_usize..40_000,
            window in proptest::option::of(1_u16..20),
            block in proptest::option::of(8_u16..1468),
            mut losses in proptest::collection::vec(0_u8..100, 1..2000),
        ) {
            let options = Options { window, block, ..Options::default() };
            let (got, outcome) = receive(length, options, || {
                losses.rotate_left(1);
                losses[0] < 10
            });
            prop_assert!(bytes(length).starts_with(&got));
            match outcome {
                Outcome::Whole => prop_assert_eq!(got.len(), length),
                // The last answer was lost: the client has it all and is silent.
                other => prop_assert!(other == Outcome::Gone || other == Outcome::OnlySize),
            }
        }

        #[test]
        fn no_order_of_answers_breaks_it(acks in proptest::collection::vec(any::<u16>(), 0..300), window in 1_u16..70) {
            let mut sender = begin(30_000, Options { window: Some(window), ..Options::default() });
            for ack in acks {
                if let Step::End(_) = sender.came(Reply::Ack(ack)).unwrap() {
                    break;
                }
                prop_assert!(sender.sent <= sender.last && sender.next <= sender.last);
            }
        }
    }
}
