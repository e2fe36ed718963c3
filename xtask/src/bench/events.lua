-- Sends events that were signed beforehand, each of them once.
--
-- Arguments: the folder of the batch, its first number, how many events it holds, their timestamp, the threads.
-- Thread k of t sends the events k, k + t, k + 2t and so on. What goes wrong shows in the answers: when a thread runs
-- out of events it asks for something that no server has.

local threads = {}

function setup(thread)
  thread:set("slice", #threads)
  table.insert(threads, thread)
end

sent = 0

local head, pieces, signatures, first, count, stride
local concat, sub = table.concat, string.sub
local exhausted

local function read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

function init(args)
  local folder, timestamp = args[1], args[4]
  first, count, stride = tonumber(args[2]), tonumber(args[3]), tonumber(args[5])
  signatures = read(folder .. "/signatures")
  pieces = {}
  for piece in (read(folder .. "/pieces") .. "\n"):gmatch("(.-)\n") do
    table.insert(pieces, piece)
  end
  local host = "Host: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
  head = "POST " .. wrk.path .. " HTTP/1.1\r\n" .. host
    .. "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
    .. "Accept: */*\r\n"
    .. "Content-Type: application/json\r\n"
    .. "Content-Length: " .. #concat(pieces, first) .. "\r\n"
    .. "X-Slack-Request-Timestamp: " .. timestamp .. "\r\n"
    .. "X-Slack-Signature: v0="
  exhausted = "GET /no-event-is-left HTTP/1.1\r\n" .. host .. "\r\n"
end

function request()
  local index = slice + sent * stride
  sent = sent + 1
  if index >= count then
    return exhausted
  end
  return head .. sub(signatures, index * 64 + 1, index * 64 + 64) .. "\r\n\r\n" .. concat(pieces, first + index)
end

function done(summary, latency)
  -- The generator makes one request only to look at it.
  local all = -1
  for _, thread in ipairs(threads) do
    all = all + thread:get("sent")
  end
  local errors = summary.errors
  local line = '{"sent":%d,"answered":%d,"refused":%d,"broken":%d,"timed_out":%d,"micros":%d,"p50":%d,"p99":%d}\n'
  io.write(line:format(
    all, summary.requests, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
