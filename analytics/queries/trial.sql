-- One trial: where it stands in the plan.
SELECT
    sweep_id, trial_id, trial_index, contestant, agent, agent_version, model, parameters, simulated,
    task, category, family, seed
FROM sbench.trials FINAL
WHERE trial_id = {trial:String}
