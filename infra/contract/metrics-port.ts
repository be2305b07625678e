/** Where a task serves its metrics to Prometheus, if its manifest takes `{metrics.port}`. */
export const metricsPort = 9464;
