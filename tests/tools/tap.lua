--- Prints the results of busted as TAP, each line at once; a skip says its name and its reason.
local base = require("busted.outputHandlers.base")

local function comment(text)
  return "# " .. tostring(text):gsub("\n", "\n# ")
end

local function one_line(text)
  return (tostring(text):gsub("%s*\n%s*", " "))
end

return function()
  local busted = require("busted")
  local handler = base()
  local count = 0

  local function say(...)
    io.write(table.concat({ ... }, "\n"), "\n")
    io.flush()
  end

  local function say_failure(name, trace, message)
    count = count + 1
    say(("not ok %d - %s"):format(count, one_line(name)))
    if trace then
      say(comment(("%s:%d"):format(trace.short_src, trace.currentline)))
    end
    say(comment(message))
  end

  local function message_of(entry)
    local message = entry.message
    if type(message) ~= "string" then
      message = message == nil and "error without a message" or require("pl.pretty").write(message)
    end
    return message .. "\n" .. (entry.trace and entry.trace.traceback or "")
  end

  function handler.testEnd(element, _, status)
    local name = handler.getFullName(element)
    if status == "success" then
      count = count + 1
      say(("ok %d - %s"):format(count, one_line(name)))
    elseif status == "pending" then
      count = count + 1
      local reason = handler.pendings[#handler.pendings].message -- nil: the name is the reason
      reason = reason and ": " .. one_line(reason):gsub("^[^ ]+:%d+: ", "") or ""
      say(("ok %d - # SKIP %s%s"):format(count, one_line(name), reason))
    end
    return nil, true -- failures and errors are told by the two below
  end

  -- busted keeps failed tests and everything else that went wrong in two lists
  function handler.failure(element)
    local list = element.descriptor == "it" and handler.failures or handler.errors
    say_failure(list[#list].name, element.trace, message_of(list[#list]))
    return nil, true
  end

  function handler.error(element)
    local entry = handler.errors[#handler.errors]
    say_failure(entry.name, element.trace, message_of(entry))
    return nil, true
  end

  function handler.suiteEnd()
    say("1.." .. count)
    return nil, true
  end

  busted.subscribe({ "test", "end" }, handler.testEnd, { predicate = handler.cancelOnPending })
  busted.subscribe({ "suite", "end" }, handler.suiteEnd)
  busted.subscribe({ "failure" }, handler.failure)
  busted.subscribe({ "error" }, handler.error)
  return handler
end
