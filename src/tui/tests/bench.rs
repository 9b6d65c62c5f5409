//! How long a key takes with a million files, without a terminal. Prints, and judges
//! nothing: `benches/README.md` has the figures and the command.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Session, setup};

/// A generator of numbers that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

#[test]
#[ignore = "a bench: it needs IMGSIZE_BENCH_IMAGE and a release build"]
fn keys_on_a_large_image() {
    let image = std::env::var_os("IMGSIZE_BENCH_IMAGE").expect("IMGSIZE_BENCH_IMAGE");
    let start = Instant::now();
    let mut session = Session::of(Path::new(&image), setup(), (120, 40));
    println!("read and listed after {:?}", start.elapsed());
    let keys = [
        "1", "2", "3", "4", "5", "6", "j", "k", "h", "l", "g", "G", "space", "enter", "E", "C",
        "s", "n", "N", "tab", "t", "u", "ctrl-d", "ctrl-u", "pageup", "pagedown", "a", "[", "]",
        "esc", "?", "d", "w", "p", "y",
    ];
    let mut random = Random(88172645463325252);
    let mut times: Vec<(Duration, &str)> = Vec::new();
    let mut work: Vec<Duration> = Vec::new();
    let mut taken: Vec<Duration> = Vec::new();
    for _ in 0..2000 {
        let key = keys[random.below(keys.len())];
        session.taken_in = Duration::ZERO;
        let (frame, jobs) = session.timed(key);
        taken.push(session.taken_in);
        times.push((frame, key));
        work.push(jobs);
    }
    times.sort_unstable();
    work.sort_unstable();
    taken.sort_unstable();
    let at = |part: f64| times[(times.len() as f64 * part) as usize].0;
    println!(
        "key to frame: median {:?}, p99 {:?}, longest {:?}",
        at(0.5),
        at(0.99),
        times[times.len() - 1]
    );
    println!(
        "worker: p99 {:?}, longest {:?}",
        work[work.len() * 99 / 100],
        work[work.len() - 1]
    );
}
