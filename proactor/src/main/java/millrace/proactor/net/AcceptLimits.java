package millrace.proactor.net;

/**
 * What an acceptor needs of a listener's options.
 *
 * @param backlog connections that wait to be accepted
 * @param maxConnections connections open at once
 * @param connection limits of each connection
 */
record AcceptLimits(int backlog, int maxConnections, ConnectionOptions connection) {}
