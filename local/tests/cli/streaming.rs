//! A file far larger than memory should be goes through.

use std::{fs::File, time::Instant};

use ackflow::simulator::FileSource;

use super::{
    server::Server,
    workspace::{dev, post, workspace},
};

const GIBIBYTE: u64 = 1 << 30;

/// How far the memory may rise above what the process has when it is idle.
const ALLOWED_KIB: u64 = 64 * 1024;

/// A line of what Linux says about the memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn memory_kib(pid: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let value = status.lines().find_map(|it| it.strip_prefix(line)).unwrap();
    value.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells the peak memory of another process")]
async fn a_gibibyte_goes_through_in_bounded_memory() {
    let simulator = workspace().await;
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.bin");
    File::create(&large).unwrap().set_len(GIBIBYTE).unwrap();
    let data = folder.path().join("data");
    let server = Server::start(dev(&simulator, &data));

    // A small file first: what is allocated once is not counted.
    let small = post(&simulator, "small.txt", FileSource::Bytes("small".into()));
    simulator.deliver(&server.url, &simulator.event(&small)).await;
    simulator.until(|it| it.thread(&small.channel, &small.ts).len() == 2).await;
    let idle = memory_kib(server.pid(), "VmRSS:");

    let began = Instant::now();
    let message = post(&simulator, "large.bin", FileSource::Path(large));
    assert!(simulator.deliver(&server.url, &simulator.event(&message)).await.is_acknowledged());
    simulator.until(|it| it.thread(&message.channel, &message.ts).len() == 2).await;
    let peak = memory_kib(server.pid(), "VmHWM:");
    eprintln!("idle {idle} KiB, peak {peak} KiB, {:.1} s", began.elapsed().as_secs_f64());

    let told = &simulator.thread(&message.channel, &message.ts)[1].text;
    assert!(told.contains("large.bin (1.1 GB)"), "{told}");
    let stored =
        data.join("objects/files/T0ACKFLOW").join(&message.channel).join(&message.ts).join(&message.files[0]);
    assert_eq!(std::fs::metadata(stored).unwrap().len(), GIBIBYTE);
    assert!(peak - idle < ALLOWED_KIB, "the peak is {} KiB above idle", peak - idle);
}

#[cfg(not(target_os = "linux"))]
fn memory_kib(_: u32, _: &str) -> u64 {
    unreachable!("the test is ignored")
}
