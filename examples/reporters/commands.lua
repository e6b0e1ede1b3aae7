-- What was run: one line for each command, and the sum.
return {
  on_step = function(report, step, test)
    local command = step.shell or table.concat(step.argv, " ")
    report:write(("%s: %s → exit %d\n"):format(test.name, command, step.exit_code or -1))
  end,
  on_end = function(report, run)
    report:write(("%d passed, %d failed\n"):format(run.counts.pass, run.counts.fail))
  end,
}
