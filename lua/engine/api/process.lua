--- The API as data: commands that run beside a test.

---@type engine.api.Type[]
return {
  {
    name = "clnrm.Process",
    kind = "object",
    as = "process",
    title = "Processes",
    doc = "A command that runs beside the test, from `Room:start`.",
    entries = {
      {
        name = "wait",
        kind = "method",
        async = true,
        params = { { "timeout?", "number|string" } },
        returns = { { "clnrm.Result?", "result" }, { "core.Error?", "err" } },
        doc = "Waits for its end; may be called again.",
        errors = { { "ETIMEDOUT", "it still runs" } },
        example = [[
local process = assert(t.room:start({ "sh", "-c", "exit 3" }))
clnrm.expect(process:wait("10s").exit_code):equals(3)]],
      },
      {
        name = "kill",
        kind = "method",
        params = { { "signal?", "string|integer", '"SIGTERM", "TERM" or 15; default SIGKILL' } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Sends a signal to it and its group.",
        errors = { { "ESRCH", "it has ended" } },
        example = [[
local process = assert(t.room:start({ "sleep", "60" }))
assert(process:kill("TERM"))
clnrm.expect(process:wait("10s").signal):equals(15)]],
      },
      {
        name = "write",
        kind = "method",
        async = true,
        params = { { "text", "string" } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Feeds its standard input.",
        errors = { { "EPIPE", "nobody reads" } },
        example = [[
local process = assert(t.room:start({ "head", "-n", "1" }))
assert(process:write("first\n"))
clnrm.expect(process:wait("10s").stdout):equals("first\n")]],
      },
      {
        name = "close_stdin",
        kind = "method",
        doc = "Ends its standard input.",
        example = [[
local process = assert(t.room:start({ "wc", "-c" }))
process:write("four")
process:close_stdin()
clnrm.expect(process:wait("10s").stdout):matches("^4$")]],
      },
      {
        name = "lines",
        kind = "method",
        params = { { "stream?", '"stdout"|"stderr"' } },
        returns = { { "async fun(): string?", "next" } },
        doc = "Iterates over the lines of an output as they come, until it ends.",
        example = [[
local process = assert(t.room:start("echo ready; sleep 60"))
for line in process:lines() do
  clnrm.expect(line):equals("ready")
  break
end
process:close()]],
      },
      {
        name = "close",
        kind = "method",
        async = true,
        doc = "Kills what still runs; so does the end of its scope (`<close>`) and of the room.",
        example = [[
local process <close> = assert(t.room:start({ "sleep", "60" }))
clnrm.expect((process:wait("1ms"))):is_nil()
process:close()]],
      },
    },
  },
}
