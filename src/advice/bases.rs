//! Base images that can stand for each other. What comes in is a base's name; what goes
//! out is a smaller one, with the sizes that were published.
//!
//! Facts: docker-library/repo-info (`python:3.11` 1.01 GB, `python:3.11-slim` 124.8 MB,
//! `node:22-slim` 227.3 MB), read in 2025; Red Hat's documentation of UBI.
