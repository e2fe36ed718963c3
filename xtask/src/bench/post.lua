-- Posts one small document again and again.

wrk.method = "POST"
wrk.body = '{"order":1}'
wrk.headers["Content-Type"] = "application/json"

function done(summary, latency)
  local errors = summary.errors
  local line = '{"sent":%d,"answered":%d,"refused":%d,"broken":%d,"timed_out":%d,"micros":%d,"p50":%d,"p99":%d}\n'
  io.write(line:format(
    summary.requests, summary.requests, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
