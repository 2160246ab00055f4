/**
 * A page to explore opened images with a browser: a server on this machine's own addresses that
 * only reads. Its answers are those of the commands, made by the same classes; what lives here is
 * who may ask (a token, and pages that this server itself gave), how questions are read and
 * bounded, and the page's own files.
 */
package io.nestwalk.serve;
