//! `ackflow dev` as a process that can be killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
};

/// A running `ackflow dev`. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// Where it takes events.
    pub(crate) url: String,
    /// What it prints, line by line.
    lines: mpsc::Receiver<String>,
}

impl Server {
    /// Starts it and waits until it serves.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // Nobody reads on when the test has ended.
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut server = Self { child, url: String::new(), lines };
        let line = server.wait_for_line("Serving");
        let (_, address) = line.split_once("healthz on ").unwrap();
        server.url = format!("{}/slack/events", address.split(',').next().unwrap());
        server
    }

    /// Waits until it prints a line that begins so.
    pub(crate) fn wait_for_line(&self, beginning: &str) -> String {
        let mut said = String::new();
        for line in &self.lines {
            if line.starts_with(beginning) {
                return line;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("it ended before it printed {beginning:?}: {said}");
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// Asks it to stop and waits until it has; gives what it printed.
    pub(crate) fn terminate(self) -> (ExitStatus, String) {
        self.ask_to_stop();
        self.ended()
    }

    /// Waits until it has ended by itself; gives what it printed.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let said: Vec<String> = self.lines.iter().collect();
        (status, said.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
