//! The built book in Chromium.

mod live;
mod reading;
mod webdriver;
