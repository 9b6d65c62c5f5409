#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| imgsize_fuzz::checks::toc(data));
