-- What was done: one line for each step, and the sum.
return {
  on_step = function(report, step, test)
    local ended = step.exit_code and "exit " .. step.exit_code or "no exit"
    report:write(("%s: %s → %s\n"):format(test.name, step.name, ended))
  end,
  on_end = function(report, run)
    report:write(("%d passed, %d failed\n"):format(run.counts.pass, run.counts.fail))
  end,
}
